"""The daemon's side of a sync: questions about accounts and prices, put to the broker, answered as JSON."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from trading.brokers.base import Broker, BrokerError
from trading.services import broker_answers

Json = dict[str, Any]
Content = Mapping[str, Any]
LOOKED_UP = 0


async def sync_answer(broker: Broker, question: Content) -> Json:
    """The answer to a question whose kind is one of `broker_answers.KINDS`.

    A broker that refuses, or that does not answer in time, becomes a refusal in words: whoever asked is told
    at once. Raises KeyError for another kind.
    """
    answer = ANSWERS[question["kind"]]
    try:
        return await answer(broker, question["content"])
    except BrokerError as error:
        return {"refusal": str(error) or "The broker did not answer in time."}


async def _positions(broker: Broker, _: Content) -> Json:
    return broker_answers.encode_positions(await broker.positions())


async def _executions(broker: Broker, _: Content) -> Json:
    return broker_answers.encode_executions(await broker.executions())


async def _account_values(broker: Broker, _: Content) -> Json:
    return broker_answers.encode_account_values(await broker.account_values())


async def _history(broker: Broker, content: Content) -> Json:
    wanted, last, days = broker_answers.decode_history_wanted(content)
    contract = wanted
    if wanted.con_id == LOOKED_UP:
        found = await broker.contract(wanted.symbol, wanted.currency)
        if found is None:
            return {"refusal": f"The broker knows no single contract {wanted.symbol} in {wanted.currency}."}
        contract = found
    return broker_answers.encode_history(await broker.history(contract, last=last, days=days))


ANSWERS: dict[str, Callable[[Broker, Content], Awaitable[Json]]] = {
    broker_answers.POSITIONS: _positions,
    broker_answers.EXECUTIONS: _executions,
    broker_answers.ACCOUNT_VALUES: _account_values,
    broker_answers.HISTORY: _history,
}
