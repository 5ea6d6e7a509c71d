// node sign.cjs REQUEST.json: sign a file and a statement about it with sigstore-js on a rehearsal instance.
// The request holds url, token, logVersion, artifact, statement, and the paths bundle and attestation to write.
'use strict';
const fs = require('node:fs');
const { bundleToJSON } = require('@sigstore/bundle');
const { DSSEBundleBuilder, FulcioSigner, MessageSignatureBundleBuilder, RekorWitness, TSAWitness } = require('@sigstore/sign');

const request = JSON.parse(fs.readFileSync(process.argv[2], 'utf8'));
const patience = { timeout: 10000, retry: { retries: 0 } };
const signer = () =>
  new FulcioSigner({
    fulcioBaseURL: request.url,
    identityProvider: { getToken: async () => request.token },
    ...patience,
  });
const witnesses = (entryType) => [
  new RekorWitness({ rekorBaseURL: request.url, entryType, majorApiVersion: request.logVersion, ...patience }),
  new TSAWitness({ tsaBaseURL: request.url, ...patience }),
];
const write = (path, bundle) => fs.writeFileSync(path, JSON.stringify(bundleToJSON(bundle)));

async function main() {
  const file = new MessageSignatureBundleBuilder({ signer: signer(), witnesses: witnesses() });
  write(request.bundle, await file.create({ data: fs.readFileSync(request.artifact) }));
  if (!request.attestation) return;
  const statement = new DSSEBundleBuilder({ signer: signer(), witnesses: witnesses('dsse') });
  const data = fs.readFileSync(request.statement);
  write(request.attestation, await statement.create({ data, type: 'application/vnd.in-toto+json' }));
}

main().catch((error) => {
  console.log(`${error.code || error.name}: ${error.message} ${error.cause ? error.cause.message : ''}`);
  process.exitCode = 1;
});
