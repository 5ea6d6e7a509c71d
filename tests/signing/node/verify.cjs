// node verify.cjs REQUEST.json: verify one bundle with sigstore-js, which shares no code with sigstore-python.
// The request holds the paths trustedRoot, bundle and artifact ("" for a statement), and either identity and issuer,
// or publicKey. Exit status 0 means verified; the last line of the output says why not.
'use strict';
const crypto = require('node:crypto');
const fs = require('node:fs');
const { bundleFromJSON } = require('@sigstore/bundle');
const { TrustedRoot } = require('@sigstore/protobuf-specs');
const { Verifier, toSignedEntity, toTrustMaterial } = require('@sigstore/verify');

const readJson = (path) => JSON.parse(fs.readFileSync(path, 'utf8'));

function keyFinder(path) {
  const publicKey = crypto.createPublicKey(fs.readFileSync(path));
  const der = publicKey.export({ type: 'spki', format: 'der' });
  const known = crypto.createHash('sha256').update(der).digest('base64');
  return (hint) => {
    if (hint !== known) throw new Error(`unknown key ${hint}`);
    return { publicKey, validFor: () => true };
  };
}

function main(request) {
  const finder = request.publicKey ? keyFinder(request.publicKey) : undefined;
  const trust = toTrustMaterial(TrustedRoot.fromJSON(readJson(request.trustedRoot)), finder);
  const artifact = request.artifact ? fs.readFileSync(request.artifact) : undefined;
  const entity = toSignedEntity(bundleFromJSON(readJson(request.bundle)), artifact);
  const policy = request.identity && {
    subjectAlternativeName: request.identity,
    extensions: { issuer: request.issuer },
  };
  new Verifier(trust, { tlogThreshold: 1, tsaThreshold: 1 }).verify(entity, policy || undefined);
}

try {
  main(readJson(process.argv[2]));
  console.log('verified');
} catch (error) {
  console.log(`${error.code || error.name}: ${error.message}`);
  process.exitCode = 1;
}
