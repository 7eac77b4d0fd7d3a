"""Refusal: why the Hub does not give a data set, in a sentence with its own reason and the one thing to do."""

import os
import re
from contextlib import redirect_stdout
from io import StringIO
from typing import TYPE_CHECKING

from hvae_bench.text.errors import UsageError, brief

if TYPE_CHECKING:
    from huggingface_hub import HfApi
    from huggingface_hub.errors import HfHubHTTPError

ELSEWHERE = (
    "Without the Hub: leave `catalog` out for the data of the package, name a folder, or name a revision that was "
    "loaded here before by its commit, as in ORG/NAME@SHA (a tag too with HF_HUB_OFFLINE=1)."
)

_ADDRESS = re.compile(r"https?://(?:[^\s/@]*@)?(?:[^\s/:@\[\]]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?(?:/\S*)?")


def hub_client() -> "HfApi":
    """The library's client.

    Raises:
        UsageError: an environment variable that it reads cannot be used, or the token.
    """
    endpoint = os.environ.get("HF_ENDPOINT")
    if endpoint and not _ADDRESS.fullmatch(endpoint):
        shown = brief(repr(_without_password(endpoint)))
        raise UsageError(
            f"HF_ENDPOINT is {shown}, which is not an address. Write it as in https://huggingface.co, or unset it."
        )
    try:
        with redirect_stdout(StringIO()):  # where it cannot be imported, it prints so
            from huggingface_hub import HfApi, get_token

        api, token = HfApi(), get_token() or ""
    except ValueError as error:
        given = {name: value for name, value in sorted(os.environ.items()) if name.startswith("HF_") and value}
        guilty = [name for name, value in given.items() if repr(value) in str(error)] or list(given)
        told = f"huggingface_hub cannot use the variable {' or '.join(guilty)}: {brief(str(error))}"
        raise UsageError(f"{told}. Fix or unset it.") from None
    except OSError as error:
        raise UsageError(_not_kept(error)) from None
    if not re.fullmatch("[!-~]*", token):
        raise UsageError(
            "The token (HF_TOKEN, or that of `hf auth login`) holds a character that no token has. Copy it again."
        )
    return api


def _not_kept(error: OSError) -> str:
    return (
        f"{brief(f'{error.filename}: {error.strerror}')}. What comes from the Hub is kept in the folder that HF_HOME "
        "names: name one that can be written and has space."
    )


def endpoint_of(api: "HfApi") -> str:
    """Address of the server, without the name and password that it may hold."""
    return _without_password(api.endpoint)


def _without_password(endpoint: str) -> str:
    return re.sub(r"//[^/@]*@", "//", endpoint)


def refusal(error: Exception, repo: str, name: str, endpoint: str) -> str:
    """What the library raised, in a sentence; `name` is the data set as it was named, `repo` is `ORG/NAME`."""
    from huggingface_hub.errors import FileMetadataError, HfHubHTTPError

    # The library tells what its cache lacks, and what the Hub said is the cause of that.
    chain: list[BaseException] = [error]
    while (cause := chain[-1].__cause__) is not None:
        chain.append(cause)
    for one in chain:
        if isinstance(one, HfHubHTTPError):
            return _answered(one, repo, name, endpoint)
    # It raises what its HTTP client raises, which is another one from version to version.
    if any(
        isinstance(one, (ConnectionError, TimeoutError)) or type(one).__module__.startswith("http") for one in chain
    ):
        return f"{endpoint} does not answer, so {name} cannot be loaded. Try later. {ELSEWHERE}"
    for one in chain:
        if isinstance(one, OSError) and one.errno is not None:
            return _not_kept(one)
    if any(isinstance(one, (FileMetadataError, ValueError, TypeError, KeyError, AttributeError)) for one in chain):
        return (
            f"{endpoint} did not answer as a Hub does; perhaps this is the login page of a network. "
            "Open it in a browser and log in, or correct HF_ENDPOINT."
        )
    return f"{name} could not be downloaded: {brief(str(error) or type(error).__name__)}. Try again. {ELSEWHERE}"


def _answered(error: "HfHubHTTPError", repo: str, name: str, endpoint: str) -> str:
    from huggingface_hub import get_token
    from huggingface_hub.errors import DisabledRepoError, GatedRepoError, RepositoryNotFoundError

    status, has_token = error.response.status_code, get_token() is not None
    reason = brief(error.server_message or error.response.headers.get("x-error-message") or "no reason given").rstrip(
        "."
    )
    if isinstance(error, GatedRepoError):
        then = "with the account of your token" if has_token else "and set HF_TOKEN"
        return f"{repo} is gated ({reason}). Ask for access at {endpoint}/datasets/{repo} {then}."
    if isinstance(error, DisabledRepoError):
        return f"{repo} was closed by {endpoint} ({reason}). Name another data set."
    if isinstance(error, RepositoryNotFoundError):
        return no_such_data_set(repo, name, endpoint)
    if status in (401, 403) and not has_token:
        return f"{endpoint} does not give {repo} to everybody ({reason}). Set HF_TOKEN, or run `hf auth login`."
    if status == 401:
        return f"{endpoint} refused the token ({reason}). Set HF_TOKEN again, or run `hf auth login`."
    if status == 403:
        return f"{endpoint} does not let the holder of this token read {repo} ({reason}). Use a token that may read it."
    if status == 429:
        return f"{endpoint} accepts no more requests for now ({reason}). Load it again {_when(error)}."
    if status >= 500:
        return f"{endpoint} fails with status {status} ({reason}), so {name} cannot be loaded. Try later. {ELSEWHERE}"
    return (
        f"{endpoint} answered with status {status} ({reason}) to a request for {name}. Check the name and HF_ENDPOINT."
    )


def _when(error: "HfHubHTTPError") -> str:
    headers = error.response.headers
    told = re.search(r"\bt\s*=\s*([0-9]{1,6})\b", headers.get("ratelimit", "")) or re.fullmatch(
        r"\s*([0-9]{1,6})\s*", headers.get("retry-after", "")
    )
    return f"in {told[1]} seconds" if told else "in some minutes"


def no_such_data_set(repo: str, name: str, endpoint: str) -> str:
    """The sentence for a name that the Hub does not know, or does not let this token know."""
    from huggingface_hub import get_token

    access = "it is private and HF_TOKEN is not set" if get_token() is None else "HF_TOKEN may not read it"
    folder = " There is no folder of this name either." if name == repo else ""
    return f"There is no data set {repo} at {endpoint}, or {access}.{folder} Check the name and the token."
