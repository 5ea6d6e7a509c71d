import hashlib
import subprocess


def test_a_changed_download_is_refused_by_the_command_that_users_are_told(tmp_path):
    wheel = tmp_path / "pump_link-1.4.0-py3-none-any.whl"
    wheel.write_bytes(b"as released")
    (tmp_path / "SHA256SUMS").write_text(f"{hashlib.sha256(b'as released').hexdigest()}  {wheel.name}\n")

    assert _check(tmp_path) == 0
    wheel.write_bytes(b"as Released")
    assert _check(tmp_path) != 0


def _check(folder):
    command = ["sha256sum", "-c", "SHA256SUMS"]  # docs/verification.md
    return subprocess.run(command, cwd=folder, capture_output=True, check=False).returncode
