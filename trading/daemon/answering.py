"""Answering: what web processes want to know of the broker."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from decimal import InvalidOperation
from typing import Any
from uuid import UUID

from redis import RedisError

from trading.brokers.base import Broker, BrokerError, BrokerRefusal
from trading.daemon.owner import Owner
from trading.daemon.pricing import Pricing, fresh_moment
from trading.daemon.sync_questions import ANSWERS as SYNC_ANSWERS
from trading.daemon.waking import Bell
from trading.engine.question_words import contract_told, ticket_read, what_if_told
from trading.engine.records import ContractFacts
from trading.selectors.contracts import contract_of
from trading.services.contracts import contract_keep
from trading.services.prices import price_entries
from trading.services.questions import question_answer, questions_take

logger = logging.getLogger(__name__)
Content = Mapping[str, Any]
Answer = dict[str, Any]
MOST_AT_ONCE = 8
NOT_CONNECTED = "The broker's gateway is not connected now."


class Answering:
    """Answers questions, several at a time; without a connection it says so at once."""

    def __init__(self, owner: Owner, pricing: Pricing, bell: Bell) -> None:
        self._owner = owner
        self._pricing = pricing
        self._bell = bell
        self._broker: Broker | None = None
        self._room = asyncio.Semaphore(MOST_AT_ONCE)
        self._kinds: dict[str, Callable[[Broker, Content], Awaitable[Answer]]] = {
            "contract": self._contract,
            "search": self._search,
            "what_if": self._what_if,
            "quote": self._quote,
            **SYNC_ANSWERS,
        }

    def connected(self, broker: Broker | None) -> None:
        """The connection that can be asked, or None."""
        self._broker = broker

    async def run(self) -> None:
        """Answer at every nudge, and look every second; for ever."""
        async with asyncio.TaskGroup() as tasks:
            while True:
                try:
                    for question in await self._owner.lanes.questions.run(
                        questions_take, self._owner.gateway_id
                    ):
                        tasks.create_task(self._answer(question))
                except (RedisError, OSError) as error:
                    logger.warning("Questions cannot be heard: %s", error)
                await self._bell.wait(self._owner.pace.poll)

    async def _answer(self, question: Content) -> None:
        async with self._room:
            answer = await self.answer(str(question["kind"]), question["content"])
        try:
            await self._owner.lanes.questions.run(question_answer, question["name"], answer)
        except (RedisError, OSError) as error:
            logger.warning("A question cannot be answered: %s", error)

    async def answer(self, kind: str, content: Content) -> Answer:
        """The answer to one question, or `refusal` with words."""
        verb, broker = self._kinds.get(kind), self._broker
        if verb is None:
            return {"refusal": f"There is no question called {kind[:40]}."}
        if broker is None:
            return {"refusal": NOT_CONNECTED}
        try:
            return await verb(broker, content)
        except BrokerRefusal as refusal:
            return {"refusal": refusal.words}
        except BrokerError as error:
            return {"refusal": f"The broker did not answer: {error}"}
        except (KeyError, ValueError, TypeError, InvalidOperation) as error:
            return {"refusal": f"The question lacks or misuses {error}."}

    # Kinds ---------------------------------------------------------------------------------------------

    async def _contract(self, broker: Broker, content: Content) -> Answer:
        """The contract of a symbol; with `instrument_id` it is kept."""
        facts = await broker.contract(str(content["symbol"]), str(content.get("currency", "USD")))
        if facts is None:
            return {"refusal": f"The broker knows no single contract for {content['symbol']}."}
        if content.get("instrument_id"):
            await self._keep(UUID(str(content["instrument_id"])), facts)
        return contract_told(facts)

    async def _keep(self, instrument_id: UUID, facts: ContractFacts) -> None:
        lane, gateway_id = self._owner.lanes.questions, self._owner.gateway_id
        await lane.run(contract_keep, gateway_id=gateway_id, instrument_id=instrument_id, facts=facts)

    async def _search(self, broker: Broker, content: Content) -> Answer:
        return {"found": [contract_told(facts) for facts in await broker.search(str(content["pattern"]))]}

    async def _what_if(self, broker: Broker, content: Content) -> Answer:
        contract = await self._known(content)
        if contract is None:
            return {"refusal": "The broker's contract of the instrument is not known yet."}
        told = await broker.what_if(
            contract=contract, ticket=ticket_read(content), account=str(content["account"])
        )
        return what_if_told(told)

    async def _known(self, content: Content) -> ContractFacts | None:
        key, con_id = content.get("instrument_id"), content.get("con_id")
        return await self._owner.lanes.questions.run(
            contract_of, self._owner.gateway_id, instrument_id=UUID(str(key)) if key else None,
            con_id=int(con_id) if con_id else None,
        )  # fmt: skip

    async def _quote(self, _broker: Broker, content: Content) -> Answer:
        """The first fresh quote of a symbol, or the newest there is when none comes in time."""
        symbol = str(content["symbol"])
        self._pricing.ask(symbol)
        quote = await self._pricing.quote_after(symbol, fresh_moment(self._owner.now()))
        if quote is None:
            return {"refusal": f"Nobody tells a price of {symbol} now."}
        (entry,) = price_entries([quote], gateway=str(self._owner.gateway_id))
        return {**entry, "halted": quote.is_halted}
