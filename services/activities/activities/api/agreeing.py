"""What people agree on about a task: who takes it over, who reviews it, what comes before it, when it comes again."""

from __future__ import annotations

from activities import several
from activities.api.desk import AtDesk, Desk
from activities.api.doubts import of_early
from activities.api.fields import below
from activities.api.models import WarnedAnswer
from activities.api.moments import left, others, today
from activities.api.task_models import AddEarly, AnswerOffer, EarlyAnswer, Offer, Recur, Review, Reviewer
from activities.api.warnings import kept_out, reading_only, with_warnings
from activities.domain import deadlines, delegation, series
from activities.domain.recording import fitting_title
from activities.several import Early
from dossier.auth.guard import require
from dossier.contracts.base import Id
from dossier.http.models import Answer
from dossier.http.problems import responses
from dossier.http.routing import Router
from dossier.ids import new_id, split_stream

_ONE = AddEarly()

router = Router(prefix="/v1/activities/{id}", tags=["tasks"], dependencies=[require("write")], responses=responses(409))


@router.post("/delegation")
async def offer(id: Id, body: Offer, desk: AtDesk) -> WarnedAnswer:
    """Offer one's task to another user, who sees it from then on and is not responsible before accepting."""
    by = desk.person("DLG-01")
    await desk.check(id, {"to": f"user-{body.to}"})
    committed = await desk.commit(id, lambda state: delegation.offer(state, body.to, by=by, note=body.note))
    who = "user it is offered to"
    unseeing = await kept_out([body.to], await left(committed, desk.store), desk.activities, who)
    return with_warnings(desk.answer(committed), unseeing, await reading_only(body.to, desk, who))


@router.post("/delegation/answer")
async def answer(id: Id, body: AnswerOffer, desk: AtDesk) -> Answer:
    """Accept or decline what one was offered, or take one's offer back."""
    by = desk.person("DLG-02")
    return await desk.change(id, lambda state: delegation.answer(state, body.answer, by=by, reason=body.reason))


@router.post("/early-deadlines", status_code=201)
async def add_early(id: Id, desk: AtDesk, body: AddEarly = _ONE) -> EarlyAnswer:
    """Let a deadline have early ones, each an activity of its own that moves with it until it is completed.

    Warnings say if one lies before today, or on the day of another.
    """
    wanted = [
        Early(each.id or new_id(), each.days_before, _title(each.title, place, desk))
        for place, each in enumerate(body.early)
    ]
    commits = await desk.commit_prepared(id, several.adding_early(id, wanted, desk.principal.user))
    answered, made = await desk.answer_of_all(commits), [split_stream(each.stream)[1] for each in commits[1:]]
    all_early = [each.early for each in (await left(commits[0], desk.store)).task.early]
    told = of_early(made, await others(all_early, commits[0], desk), await today(commits[0], desk))
    return EarlyAnswer(**answered.model_dump(), made=made, warnings=tuple(told))


def _title(title: str | None, place: int, desk: Desk) -> str | None:
    with below(f"early.{place}", ("title",)):
        return None if title is None else fitting_title(title, by_machine=desk.principal.service is not None)


@router.put("/reviewer")
async def demand_review(id: Id, body: Reviewer, desk: AtDesk) -> WarnedAnswer:
    """Let a second person check the deadline: it is not done before that one approves it as it stands."""
    await desk.check(id, {"user": f"user-{body.user}"})
    committed = await desk.commit(id, lambda state: deadlines.demand_review(state, body.user))
    unseeing = await kept_out([body.user], await left(committed, desk.store), desk.activities, "reviewer")
    return with_warnings(desk.answer(committed), unseeing, await reading_only(body.user, desk, "reviewer"))


@router.delete("/reviewer")
async def waive_review(id: Id, desk: AtDesk) -> Answer:
    """Let nobody check the deadline. Who is responsible for it does not say so, but the reviewer or somebody else."""
    return await desk.change(id, deadlines.waive_review)


@router.post("/review")
async def review(id: Id, body: Review, desk: AtDesk) -> Answer:
    """Say whether document, date and description are right. What is changed afterwards is to be reviewed anew."""
    by = desk.person("DLN-01")
    return await desk.change(
        id, lambda state: deadlines.review(state, by=by, approved=body.approved, remark=body.remark)
    )


@router.put("/recurrence")
async def recur(id: Id, body: Recur, desk: AtDesk) -> Answer:
    """Let the task recur from its due date on: completing it opens the next one."""
    return await desk.change_prepared(id, several.recurring(id, body.rule, skip_short_months=body.skip_short_months))


@router.delete("/recurrence")
async def stop(id: Id, desk: AtDesk) -> Answer:
    """Let completing the task open no other."""
    return await desk.change(id, series.stop)
