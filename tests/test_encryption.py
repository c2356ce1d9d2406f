"""What is encrypted can be read with its key, in its place, and unchanged; nowhere else."""

from __future__ import annotations

import pytest

from publisher.encryption import CannotDecrypt, Encryption, Hashing

OLD, NEW = bytes(range(32)), bytes(range(1, 33))
ABOUT = "subscriber 17"


def test_what_was_encrypted_is_read_again() -> None:
    encryption = Encryption([NEW])

    stored = encryption.encrypt("Löwe42", ABOUT)

    assert encryption.decrypt(stored, ABOUT) == "Löwe42"
    assert "42" not in stored.partition(".")[0]
    assert stored.isascii()


def test_the_same_text_never_looks_the_same() -> None:
    encryption = Encryption([NEW])

    assert encryption.encrypt("12345678", ABOUT) != encryption.encrypt("12345678", ABOUT)


def test_an_older_key_still_reads_and_the_first_one_writes() -> None:
    before = Encryption([OLD]).encrypt("12345678", ABOUT)
    both = Encryption([NEW, OLD])

    after = both.encrypt(both.decrypt(before, ABOUT), ABOUT)

    assert not before.startswith(both.prefix)
    assert after.startswith(both.prefix)
    assert Encryption([NEW]).decrypt(after, ABOUT) == "12345678"


def test_what_its_key_is_missing_for_says_which() -> None:
    before = Encryption([OLD]).encrypt("12345678", ABOUT)

    with pytest.raises(CannotDecrypt, match=f"subscriber 17 needs the data key {before.split('.')[1]}"):
        Encryption([NEW]).decrypt(before, ABOUT)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda stored: stored[:-6] + ("A" if stored[-6] != "A" else "B") + stored[-5:],
        lambda stored: stored[:-8],
        lambda stored: stored[:12],
        lambda stored: stored + "!",
        lambda stored: "12345678",
        lambda stored: "",
    ],
)
def test_what_was_changed_is_not_read(spoil: object) -> None:
    encryption = Encryption([NEW])
    stored = encryption.encrypt("12345678", ABOUT)
    assert callable(spoil)

    with pytest.raises(CannotDecrypt, match="subscriber 17"):
        encryption.decrypt(spoil(stored), ABOUT)


def test_what_was_moved_to_another_row_is_not_read() -> None:
    encryption = Encryption([NEW])

    with pytest.raises(CannotDecrypt):
        encryption.decrypt(encryption.encrypt("12345678", "subscriber 17"), "subscriber 18")


def test_a_hash_depends_on_text_purpose_and_key() -> None:
    hashing = Hashing(NEW)

    same = hashing.of("reader@example.com", "address")

    assert hashing.of("reader@example.com", "address") == same
    assert len({same, hashing.of("other@example.com", "address"), hashing.of("reader@example.com", "network")}) == 3
    assert Hashing(OLD).of("reader@example.com", "address") != same
    assert len(same) == 64


@pytest.mark.parametrize("keys", [[], [b"short"], [NEW, b"x" * 33]])
def test_keys_that_are_none(keys: list[bytes]) -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        Encryption(keys)
