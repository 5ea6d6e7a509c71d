"""Running the programs in node/, which verify and sign with sigstore-js."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

NODE = Path(__file__).parent / "node"


def run(node: str, script: str, folder: Path, **request: object) -> subprocess.CompletedProcess[str]:
    path = folder / f"{script}.json"
    path.write_text(json.dumps(request))
    return subprocess.run([node, NODE / script, path], capture_output=True, text=True, timeout=60)
