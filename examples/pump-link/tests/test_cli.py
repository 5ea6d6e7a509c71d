from pump_link.cli import main

LOG = "2026-05-04T08:00:00+00:00 RATE 10 ml/h\n2026-05-04T09:00:00+00:00 STOP 0 -\n"


def test_report_is_a_page(tmp_path, capsys):
    (tmp_path / "log").write_text(LOG)

    assert main(["report", str(tmp_path / "log")]) == 0
    assert "2 events, 10.00 ml given" in capsys.readouterr().out


def test_report_as_csv(tmp_path, capsys):
    (tmp_path / "log").write_text(LOG)

    assert main(["report", "--csv", str(tmp_path / "log")]) == 0
    assert capsys.readouterr().out.splitlines()[1] == "2026-05-04T08:00:00+00:00,RATE,10,ml/h"


def test_a_bad_log_is_said_on_stderr(tmp_path, capsys):
    (tmp_path / "log").write_text("nonsense\n")

    assert main(["report", str(tmp_path / "log")]) == 1
    assert "line 1" in capsys.readouterr().err


def test_status_of_the_simulated_pump(capsys):
    assert main(["status", "--port", "sim://"]) == 0
    assert "SIM-0001: running, battery 87 %" in capsys.readouterr().out
