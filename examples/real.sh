#!/bin/sh
# Gate two public libraries for medical images as they are on PyPI, under a bare policy. They were not made for this
# gate and owe it nothing: what is shown is what the gate sees in real code, and that missing evidence is not a pass.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
bin=$root/.venv/bin
corpora=$root/.corpora
export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_NOSYSTEM=1 GIT_AUTHOR_NAME=Example GIT_AUTHOR_EMAIL=example@example.org
export GIT_COMMITTER_NAME=Example GIT_COMMITTER_EMAIL=example@example.org
mkdir -p "$corpora"

# gate NAME VERSION SHA256: download the source distribution, unpack it beside a policy, and check it
gate() {
  folder=$corpora/$1-$2
  archive=$corpora/$1-$2.tar.gz
  printf '\n== %s %s\n' "$1" "$2"
  if [ ! -f "$archive" ]; then
    "$bin/python" -I -m pip download --quiet --disable-pip-version-check --no-deps --no-binary :all: \
      --dest "$corpora" "$1==$2"
  fi
  printf '%s  %s\n' "$3" "$archive" | sha256sum --check --strict --quiet
  rm -rf "$folder" && mkdir "$folder" && tar -xzf "$archive" -C "$folder" --strip-components 1
  cat > "$folder/gatekeeper.toml" <<END
schema = 1
[product]
name = "$1"
version = "$2"
manufacturer = "its authors (gated here as a demonstration)"
[secure-coding]
END
  git -C "$folder" init --quiet  # the gate asks git which files are the source
  git -C "$folder" add --all --force
  git -C "$folder" commit --quiet --message "$1 $2 as on PyPI"
  code=0
  "$bin/gatekeeper" -C "$folder" check --only secure-coding --only private-keys -o text -o "json=$folder.json" \
    -o "html=$folder.html" || code=$?
  printf 'exit code %s; report: %s\n' "$code" "$folder.html"
  [ "$code" = 1 ] || [ "$code" = 3 ] || exit 1
}

gate pydicom 3.0.2 5942bfc2d72c6fa4b3b5b62c527f54b7f2355f21d6f5d296df6bb30188df6a4f
gate pynetdicom 3.0.4 567ef761d73b34a380a4350e0d10ae549d749c66da4f1bdf8793cab9a6a326e4
