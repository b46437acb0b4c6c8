"""Which conversation mails belong to, by what they name."""

from __future__ import annotations

from hypothesis import example, given
from hypothesis import strategies as st

from dossier.ids import derived_id
from email_ingest.domain.conversation import NAMED_MOST, Claim, conversations, named_by

SHAPES = st.lists(st.tuples(st.integers(0, 99), st.sampled_from(("before", "root and before", "all", "without root"))))


def mails(shapes: list[tuple[int, str]]) -> list[Claim]:
    """Answers to mail 0 and to each other, each naming of those before it what its sender's program names."""
    lines: dict[str, list[str]] = {"0": []}
    claims: list[Claim] = []
    for number, (to, shape) in enumerate(shapes, 1):
        answered = str(to % number)
        line = lines[str(number)] = [*lines[answered], answered]
        named = {
            "before": line[-1:],
            "root and before": list(dict.fromkeys((line[0], line[-1]))),
            "all": line,
            "without root": line[1:] or line,
        }[shape]
        claims.append(Claim(f"message {number}", str(number), tuple(named)))
    return claims


@given(SHAPES)
def test_eml_19_whatever_of_the_mails_before_it_a_mail_names_it_is_of_the_conversation_that_all_of_them_are(
    shapes: list[tuple[int, str]],
) -> None:
    claims = mails(shapes)
    assert conversations(claims, claims) == {claim.message: "0" for claim in claims}


LOST_BETWEEN = [(0, "before"), (1, "before"), (2, "root and before")]


@given(SHAPES, st.sets(st.integers(1, 20)), st.integers(0, 9))
@example(LOST_BETWEEN, {1}, 0)
@example(LOST_BETWEEN, {1}, 1)
@example(LOST_BETWEEN, {1}, 2)
@example(LOST_BETWEEN, {1}, 3)
def test_eml_19_where_some_mails_never_came_those_that_answer_one_are_of_its_conversation(
    shapes: list[tuple[int, str]], lost: set[int], salt: int
) -> None:
    def called(number: str) -> str:
        return derived_id("test", number, str(salt))

    every = [Claim(m, called(own or ""), tuple(map(called, named))) for m, own, named in mails(shapes)]
    claims = [claim for number, claim in enumerate(every, 1) if number not in lost]
    told = conversations(claims, claims)
    came = {claim.own: told[claim.message] for claim in claims}
    for number, (claim, (to, shape)) in enumerate(zip(every, shapes, strict=True), 1):
        answered = called(str(to % number))
        if claim in claims and answered in came and shape in ("before", "root and before"):
            assert told[claim.message] == came[answered]


def test_eml_19_what_is_named_beside_a_mail_that_leads_on_gives_way_to_what_that_leads_to() -> None:
    claims = [Claim("p", "p", ("z",)), Claim("x", "x", ("a", "p")), Claim("y", "y", ("p",)), Claim("w", "w", ("x",))]
    assert set(conversations(claims, claims).values()) == {"z"}


LOOSE = st.lists(
    st.builds(
        Claim,
        st.uuids().map(str),
        st.one_of(st.none(), st.sampled_from("abcdef")),
        st.lists(st.sampled_from("abcdef"), min_size=1, max_size=4, unique=True).map(tuple),
    ),
    max_size=8,
)


@given(LOOSE, st.randoms())
def test_eml_19_claims_that_contradict_each_other_tell_the_same_in_any_order(
    claims: list[Claim], chance: st.Random
) -> None:
    told = conversations(claims, claims)
    assert set(told) == {claim.message for claim in claims}
    chance.shuffle(claims)
    assert conversations(claims, claims) == told


def test_eml_19_a_mail_moves_only_itself_and_what_answers_it() -> None:
    theirs = [Claim("a", "a2", ("a1",)), Claim("b", "b2", ("b1",))]
    forged = Claim("f", "f1", ("a1", "a2", "b1", "b2"))
    told = conversations([*theirs, forged], [*theirs, forged])
    assert (told["a"], told["b"]) == ("a1", "b1")


def test_eml_19_of_many_mails_before_it_the_first_and_the_last_are_taken() -> None:
    references = [str(number) for number in range(50)]
    named = named_by(references, "49", "own")
    assert len(named) == NAMED_MOST
    assert (named[0], named[-1]) == ("0", "49")
    assert named_by(("own", "1"), "1", "own") == ("1",)
