"""The provider that lets Inspect talk to the reference agents: `--model hvae/NAME`."""

from typing import Any

from inspect_ai.model import ChatMessage, ChatMessageUser, GenerateConfig, ModelAPI, ModelOutput, ModelUsage
from inspect_ai.tool import ToolChoice, ToolInfo

from hvae_bench.catalogue.catalog import load_catalog
from hvae_bench.dialogue.arguments import check_dropped, refusals
from hvae_bench.dialogue.render import options_of, stream_of
from hvae_bench.subjects.agents import make_agent, random_stream, shown_in
from hvae_bench.text.errors import UsageError

_ACKNOWLEDGEMENT = "Understood; I will choose accordingly."


class AgentAPI(ModelAPI):
    """A reference agent as a model.

    Args:
        model_name: name of the agent: the id of a value target, or one of `hvae_bench.subjects.agents.AGENTS`.
        **model_args: the agent's arguments, `seed`, and `catalog` (as for the task).

    Raises:
        PrerequisiteError: an unknown agent or argument; the message lists the right ones.
    """

    hvae_streams = True

    def __init__(
        self,
        model_name: str,
        base_url: str | None = None,
        api_key: str | None = None,
        config: GenerateConfig = GenerateConfig(),  # noqa: B008 (Inspect's own signature)
        **model_args: Any,
    ) -> None:
        super().__init__(model_name, base_url, api_key, [], config)
        name = model_name.removeprefix("hvae/")
        with refusals():
            check_dropped("-M")
            self._seed = model_args.get("seed", 0)
            if isinstance(self._seed, bool) or not isinstance(self._seed, int):
                raise UsageError(f"`-M seed={self._seed}` should be a whole number, such as `-M seed=1`.")
            catalog = load_catalog(_folders(model_args.get("catalog", ())))
            self._agent = make_agent(name, model_args, catalog)

    async def generate(
        self, input: list[ChatMessage], tools: list[ToolInfo], tool_choice: ToolChoice, config: GenerateConfig
    ) -> ModelOutput:
        """Answer the last question in the conversation that shows options, if the last message asks one."""
        reply = self._reply(input)
        output = ModelOutput.from_content(model=self.model_name, content=reply)
        # Rough counts: without any, Inspect would go and fetch a tokenizer.
        sent = sum(len(message.text) for message in input) // 4 + 1
        received = len(reply) // 4 + 1
        output.usage = ModelUsage(input_tokens=sent, output_tokens=received, total_tokens=sent + received)
        return output

    def _reply(self, messages: list[ChatMessage]) -> str:
        asked = [message for message in messages if isinstance(message, ChatMessageUser)]
        if not asked:
            return _ACKNOWLEDGEMENT
        stream = stream_of(messages) or asked[-1].text
        options = options_of(messages)
        # A second request for the same item shows no options; the question before it does.
        if options and any(shown_in(message.text, options) for message in asked[-2:]):
            return self._agent(options, random_stream(self._seed, stream))
        return _ACKNOWLEDGEMENT

    def max_connections(self) -> int:
        """As many calls at once as Inspect starts by itself; an agent answers at once."""
        return 100


def _folders(given: object) -> list[str]:
    named = [given] if isinstance(given, str) else given
    if not isinstance(named, (list, tuple)) or not all(isinstance(one, str) and one.strip() for one in named):
        raise UsageError(f"`-M catalog={given}` should be a folder, or several separated by commas.")
    return list(named)
