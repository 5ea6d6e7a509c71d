import pytest

from pump_link import link
from pump_link.simulator import SimulatedPump


class Tape:
    """A line that answers with the bytes it was given."""

    def __init__(self, answer: bytes) -> None:
        self.answer, self.sent = answer, b""

    def write(self, data: bytes) -> int:
        self.sent += data
        return len(data)

    def read(self, size: int = 1) -> bytes:
        given, self.answer = self.answer[:size], self.answer[size:]
        return given


def test_the_simulated_pump_answers():
    assert link.status(SimulatedPump("SIM-7", running=False)) == link.Status("SIM-7", False, 87)


def test_the_only_thing_sent_is_a_status_request():
    tape = Tape(b"")
    with pytest.raises(link.LinkError):
        link.status(tape)

    assert tape.sent == link.frame(link.STATUS, b"")


GOOD = link.frame(link.STATUS, bytes([1, 50]) + b"P-1")


@pytest.mark.parametrize("size", range(len(GOOD)))
def test_an_answer_cut_anywhere_is_refused(size):
    with pytest.raises(link.LinkError):
        link.status(Tape(GOOD[:size]))


@pytest.mark.parametrize("place", range(len(GOOD)))
def test_one_changed_byte_anywhere_is_refused(place):
    damaged = GOOD[:place] + bytes([GOOD[place] ^ 1]) + GOOD[place + 1 :]

    with pytest.raises(link.LinkError):
        link.status(Tape(damaged))


def test_a_wrong_checksum_is_refused():
    with pytest.raises(link.LinkError, match="checksum"):
        link.status(Tape(GOOD[:-2] + bytes([GOOD[-2] ^ 255, GOOD[-1]])))


@pytest.mark.parametrize("payload", [b"", b"\x02\x32P-1", b"\x01\xffP-1", b"\x01\x32\xff\xfe"])
def test_values_out_of_range_are_refused(payload):
    with pytest.raises(link.LinkError):
        link.status(Tape(link.frame(link.STATUS, payload)))


def test_a_port_that_is_not_there_is_an_error():
    with pytest.raises(link.LinkError, match="cannot be opened"):
        link.open_line("/dev/no-such-port")


def test_a_payload_too_long_is_not_sent():
    with pytest.raises(ValueError, match="at most 250"):
        link.frame(link.STATUS, bytes(251))
