#!/bin/sh
# The demo: one product, two states. A change that must not go out is refused; the good state is rehearsed, sealed and
# verified. Everything happens below FOLDER (.demo/ without one). Stops where an exit code is not the expected one.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
bin=$root/.venv/bin
demo=${1:-$root/.demo}
export PATH="$bin:$PATH" GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_NOSYSTEM=1 UV_NO_CONFIG=1
export GIT_AUTHOR_NAME='R. Sato' GIT_AUTHOR_EMAIL=r.sato@example.org
export GIT_COMMITTER_NAME='R. Sato' GIT_COMMITTER_EMAIL=r.sato@example.org

bold='' plain=''
if [ -t 1 ]; then bold=$(printf '\033[1m') plain=$(printf '\033[0m'); fi
title() { printf '\n%s== %s%s\n' "$bold" "$*" "$plain"; }
show() { printf '\n$ %s\n' "$*"; }

# expect CODE COMMAND...: run it, and go on only with that exit code
expect() {
  wanted=$1; shift
  show "$*"
  code=0; "$@" || code=$?
  [ "$code" = "$wanted" ] || { printf '\ndemo: expected exit code %s, got %s\n' "$wanted" "$code" >&2; exit 1; }
  printf '(exit code %s, as expected)\n' "$code"
}

# product FOLDER [PATCH]: a repository with a tag, its built files, its SBOM and the export of its tracker
product() {
  mkdir -p "$1" && (cd "$root/examples/pump-link" && tar -cf - --exclude .venv --exclude dist --exclude evidence \
    --exclude __pycache__ --exclude .pytest_cache .) | tar -xf - -C "$1"
  python "$root/examples/prepare.py" "$1"
  cd "$1"
  git init --quiet --initial-branch=main
  git add .gitignore README.md gatekeeper.toml pyproject.toml src tests
  git commit --quiet --message 'pump-link 1.3.0' && git tag v1.3.0
  git add --all && git commit --quiet --message 'pump-link 1.4.0'
  if [ $# -gt 1 ]; then git apply "$2" && git add --all && git commit --quiet --message 'Export to a memory stick'; fi
  git tag v1.4.0
  git init --quiet --bare "$1.git" && git remote add origin "$1.git" && git push --quiet origin main v1.4.0
  uv build --quiet --offline
  uv sync --quiet --locked --no-dev --python "$bin/python"
  mkdir -p evidence
  gatekeeper sbom build dist/*.whl dist/*.tar.gz --environment .venv >evidence/sbom.log
  python tools/export_issues.py evidence/issues.json
  python tools/vulnerability_data.py evidence/vulnerability-data
  python tools/run_tests.py evidence "$(git rev-parse HEAD)" >evidence/tests.log
}

rm -rf "$demo" && mkdir -p "$demo"

title '1. A change that must not go out: a shell call, and an open security issue'
product "$demo/blocked" "$root/examples/unsafe.patch"
expect 1 gatekeeper release dist/*.whl dist/*.tar.gz dist/*.json --dossier "$demo/refusal" --rehearsal

title '2. The good state: five people approve the evidence, then it is hashed, signed and sealed (a rehearsal)'
product "$demo/pump-link"
expect 0 gatekeeper sbom check dist/pump-link.cdx.json dist/*.whl dist/*.tar.gz dist/*.json \
  --profile cisa-2026 --profile fda --product pump-link 1.4.0 --lock uv.lock --strict --components components.toml \
  --risks risks.toml --note docs/support.md --licence BSD-3-Clause
approve() {
  show "gatekeeper approve --rehearsal --as $1 --role $2 --meaning $3 ..."
  gatekeeper approve --rehearsal --as "$1" --role "$2" --meaning "$3" dist/*.whl dist/*.tar.gz dist/*.json
}
approve k.mori quality approval
approve m.ito security approval
approve t.abe verification completion
approve m.ito key-custodian key-procedure
approve a.hayashi release-authority release
expect 0 gatekeeper release dist/*.whl dist/*.tar.gz dist/*.json --dossier "$demo/dossier" --rehearsal

title '3. What a receiver runs, offline'
expect 0 gatekeeper verify "$demo/dossier" --rehearsal
expect 1 gatekeeper verify "$demo/dossier"

title '4. One byte changed'
cp -R "$demo/dossier" "$demo/changed"
chmod -R u+w "$demo/changed"
printf ' ' >> "$demo/changed/record.json"
expect 1 gatekeeper verify "$demo/changed" --rehearsal

title 'Done'
cat <<END
The refusal is explained in   $demo/refusal/record.json
The report of the rehearsal   $demo/dossier/report.html   (open it in a browser)
How a receiver checks it      $demo/dossier/VERIFY.md

A rehearsal is never a release: that takes a CI job with an identity of its own. \`gatekeeper init\` writes one.
END
