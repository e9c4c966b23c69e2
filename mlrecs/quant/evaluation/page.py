"""The judgement as a page in Markdown, and as tables for a terminal."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

Result = Mapping[str, Any]

HEAD = """# Models, measured

Every model and every baseline of the anomaly scores on the same suite, by one command:
`{command}`. Made on {day} with {versions}; seeds {seeds}; data {universe} ({data_from} to {data_until},
digest `{digest}`).

How to read it. Whatever is learnt is learnt from the ten years before the year that is scored, with {embargo}
days between; nothing looks ahead. A score is that of the last day read, never a mean over its window. Figures
of what draws something (nets, chance) are means over the seeds. There is no point adjustment: with it, chance
wins (Kim et al., AAAI 2022). The twenty stocks are survivors, the list of crises is ours, and it is short."""

FORMS = """## The forms of the LSTM

- **Autoencoder**: windows of 20 days of all assets in a frozen scale, through a code of 8 and back; trained
  on the mean square error; scored by a fast moving average (0.7) of the square of the mean residual of the
  last day.
- **Masked asset**: one LSTM for every asset reads what the other assets say of it today (linearly and on the
  whole) and the day before, its own return hidden; it learns a correction to the linear answer by the
  likelihood of Student's t; scored by today's residuals, those of the last days and the market's return, each
  over its own mark.

Both ways of scoring were chosen after looking at these crises and these years, so the figures of all that
share them are a little too good, twins and rules included. The comparison with the twins is fair: they are
scored alike."""


def markdown(result: Result, *, command: str) -> str:
    """The page of a result of `evaluated` with its `made`."""
    made = result["made"]
    head = HEAD.format(
        command=command,
        day=made["day"],
        versions=", ".join(f"{name} {version}" for name, version in made["versions"].items()),
        seeds=", ".join(str(seed) for seed in made["seeds"]),
        universe=made["universe"],
        data_from=made["from"],
        data_until=made["until"],
        digest=made["digest"][:12],
        embargo=made["embargo"],
    )
    parts = [head, "## What was found", *_findings(result), *_crises(result), *_planted(result), FORMS]
    return "\n\n".join(parts) + "\n"


def plain(result: Result) -> str:
    """The findings and the tables of both suites, without the explanations."""
    parts = [*_findings(result), _crises_table(result["crises"]), _planted_table(result["planted"])]
    return "\n\n".join(parts)


def _findings(result: Result) -> Iterator[str]:
    for suite, name in (("crises", "On named crises"), ("planted", "On planted anomalies")):
        found, part = result["found"][suite], result[suite]
        words = {row["name"]: row["words"] for row in part["rows"]}
        beaten = "above" if found["is_beaten"] else "not above"
        yield (
            f"**{name}** the best form of the LSTM, {words[found['best']]}, reaches {found['measure']} "
            f"({part['measure']}), {beaten} the bar of {found['bar']}. The best rule is "
            f"{words[part['best_rule']]} with {_measure(part, part['best_rule'])}. "
            + " ".join(f"{words[one['candidate']]}: {one['words']}" for one in part["verdicts"])
        )
    champion = result["champion"]
    names = {row["name"]: row for row in result["crises"]["rows"]}
    kind = "a model" if names[champion]["is_model"] else "a rule, since no model passed the gate"
    yield f"**Champion:** {names[champion]['words']}, {kind}."


def _measure(part: Result, name: str) -> str:
    row = next(row for row in part["rows"] if row["name"] == name)
    return str(row.get("vus_pr") or row.get("mean"))


def _crises(result: Result) -> Iterator[str]:
    part = result["crises"]
    yield "## Crises"
    yield (
        f"Walked forward year by year, {part['from']} to {part['until']}, {part['steps']} steps: "
        f"{part['days']} days, of which {part['base_rate']} lie in a crisis, the base rate that chance "
        "reaches. Found and delay (in days, from the first day of a crisis) are at the threshold that one "
        "quiet day in a hundred exceeds, each score's own; false alarms are those of the threshold that was "
        "frozen before the year, for a budget of 0.0100."
    )
    yield _crises_table(part)
    yield "Crises, those before the first scored day in brackets: " + "; ".join(_named(part["crises"])) + "."
    yield from _gates(part)


def _named(crises: Sequence[Result]) -> Iterator[str]:
    for one in crises:
        words = f"{one['name']} ({one['first']} to {one['last']})"
        yield words if one["is_scored"] else f"[{words}]"


def _crises_table(part: Result) -> str:
    head = ("VUS-PR", "over seeds", "AP", "ROC area", "found", "delay", "false alarms")
    return _table(
        head,
        [
            (
                row["words"],
                row["vus_pr"],
                _span(row),
                row["average_precision"],
                row["roc_area"],
                f"{row['found']} of {row['crises']}",
                row["delay"] or "none",
                row["false_alarms"],
            )
            for row in sorted(part["rows"], key=lambda row: row["vus_pr"], reverse=True)
        ],
    )


def _planted(result: Result) -> Iterator[str]:
    part = result["planted"]
    yield "## Planted anomalies"
    yield (
        f"Eight kinds, planted into the real returns of {part['from'][:4]} to {part['until'][:4]} "
        f"({part['days']} days), one in every 36 days, at places and in assets that the seed gives; learnt "
        "from the ten years before. Average precision by kind; the base rate is what chance reaches. Real "
        "crises of those years are not taken out: they count as false alarms."
    )
    yield _planted_table(part)
    yield "Kinds: " + "; ".join(f"*{_kind(one)}*: {one['words'].lower()}" for one in part["kinds"]) + "."
    yield "No detector finds a price that stands still or a creep: rules do (`mlrecs.engine.price_rules`)."
    yield from _gates(part)


def _planted_table(part: Result) -> str:
    kinds = [one["kind"] for one in part["kinds"]]
    base = ("Base rate", "", "", *(one["base_rate"] for one in part["kinds"]))
    rows = [
        (row["words"], row["mean"], _span(row), *(row["kinds"][kind] for kind in kinds))
        for row in sorted(part["rows"], key=lambda row: row["mean"], reverse=True)
    ]
    return _table(("mean", "over seeds", *(_kind(one) for one in part["kinds"])), [base, *rows])


def _kind(one: Result) -> str:
    return str(one["kind"]).replace("_", " ")


def _gates(part: Result) -> Iterator[str]:
    yield (
        f"The gate, on {part['measure']}: a model is promoted only if the whole 95 % interval of the "
        "difference to every baseline, blocks of days drawn again, is above zero."
    )
    words = {row["name"]: row["words"] for row in part["rows"]}
    for verdict in part["verdicts"]:
        yield f"**{words[verdict['candidate']]}.** {verdict['words']}"
        yield _table(
            ("difference", "from", "to", "beaten"),
            [
                (
                    words[one["rival"]],
                    one["difference"],
                    one["low"],
                    one["high"],
                    "yes" if one["is_won"] else "no",
                )
                for one in verdict["contests"]
            ],
        )


def _span(row: Result) -> str:
    return "" if row["least"] == row["most"] else f"{row['least']} to {row['most']}"


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [("", *head), ("---", *("---:" for _ in head)), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)
