"""Text and questions meet as the same words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.site.search.words import CHARACTERS, PHRASES, Phrase, plain, question, words


def found(text: str, asked: str) -> bool:
    """Whether an index of words and places finds `asked` in `text`."""
    held = words(text)
    return bool(question(asked)) and all(_stands(phrase, held) for phrase in question(asked))


def _stands(phrase: Phrase, held: list[str]) -> bool:
    size, last = len(phrase.words), phrase.words[-1]
    windows = (held[at : at + size] for at in range(len(held) - size + 1))
    return any(
        window[:-1] == list(phrase.words[:-1]) and (window[-1].startswith(last) if phrase.open else window[-1] == last)
        for window in windows
    )


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("Ethereum 钱包维护公告", "维护"),
        ("Ethereum 钱包维护公告", "钱包维护"),
        ("Ethereum 钱包维护公告", "告"),
        ("Ethereum 钱包维护公告", "钱"),
        ("ETH钱包维护", "eth钱包"),
        ("エアドロップのお知らせ", "ドロ"),
        ("ｴｱﾄﾞﾛｯﾌﾟ", "エアドロップ"),
        ("이더리움 네트워크 점검을 안내합니다", "점검"),
        ("ปิดปรับปรุงระบบ", "ปรับปรุง"),
        ("Bảo trì ví Đồng Ethereum", "bao tri dong"),
        ("bao tri", "Bảo trì"),
        ("صيانة الشبكة أعلنت", "صيانه اعلنت"),
        ("صِيَانَة", "صيانة"),
        ("٢٠٢٦", "2026"),
        ("Café RÉSUMÉ", "cafe resume"),
        ("ＡＵＲＰ　ｌｉｓｔｅｄ", "aurp"),
        ("Reference ANN-2026-00042", "ann-2026-00042"),
        ("Taker fees fall to 0.08%", "0.08%"),
        ("Trading of AURP/USDT opens", "AURP/USDT"),
        ("Example Exchange will list Aurora", "will LIST aur"),
        ("Listings of the week", "listing"),
        ("soft\u00adhyphen and zero\u200bwidth", "softhyphen zerowidth"),
    ],
)
def test_is_found(text: str, asked: str) -> None:
    assert found(text, asked)


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("钱包将维护", "包维"),
        ("Ethereum 钱包维护", "维修"),
        ("Taker fees of 8% in 0 days", "0.08%"),
        ("Withdrawals of Ethereum", "ethereum deposits"),
        ("A risk", "as"),
        ("が", "か"),
    ],
)
def test_is_not_found(text: str, asked: str) -> None:
    assert not found(text, asked)


@pytest.mark.parametrize("asked", ["", "   ", '"', "* - ( ) ^ :", "\x00", "%_", "\u200b", "☃"])
def test_nothing_to_look_for(asked: str) -> None:
    assert not question(asked)


@given(st.text(max_size=400))
def test_whatever_is_asked_becomes_letters_and_digits(asked: str) -> None:
    for phrase in question(asked):
        assert phrase.words
        assert all(word and not set(word) & set("'\"\\*():^ \x00") for word in phrase.words)


@given(st.text(alphabet=st.characters(categories=["Lu", "Ll", "Lo", "Nd"]), min_size=1, max_size=20))
def test_a_word_finds_itself(word: str) -> None:
    assert not question(word) or found(f"before {word} after", word)


def test_a_long_question_is_cut() -> None:
    many = question(" ".join(f"w{number}" for number in range(5_000)))
    assert len(many) == PHRASES
    assert question("x" * 10_000) == [Phrase(("x" * CHARACTERS,), open=True)]


def test_the_text_of_an_article_is_whole_inside_words_and_apart_between_blocks() -> None:
    html = "<dl><dt>Asset</dt><dd>ETH</dd></dl><p>钱<strong>包</strong> &amp; more<br>line</p>"
    assert words(plain(html)) == ["asset", "eth", "钱包", "包", "more", "line"]
