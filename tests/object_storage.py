"""An object storage for tests, on loopback: moto's S3 server, in a thread of its own."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.request import Request, urlopen

import pytest

BUCKET = "bucket"

_SETTINGS = {
    "AWS_ACCESS_KEY_ID": "key",
    "AWS_SECRET_ACCESS_KEY": "secret",
    "AWS_DEFAULT_REGION": "us-east-1",
    # Nothing may be asked of a machine in some cloud, or taken from the user's own settings.
    "AWS_EC2_METADATA_DISABLED": "true",
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    "AWS_MAX_ATTEMPTS": "1",
}


@contextmanager
def object_storage() -> Iterator[str]:
    """A server with one empty bucket; the environment leads to it. Yields its address."""
    from moto.server import ThreadedMotoServer
    from s3fs import S3FileSystem

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    address = f"http://{host}:{port}"
    # What an earlier server of this process held is still there.
    urlopen(Request(f"{address}/moto-api/reset", method="POST"), timeout=60).close()
    with pytest.MonkeyPatch.context() as patch:
        for name, value in (_SETTINGS | {"AWS_ENDPOINT_URL": address}).items():
            patch.setenv(name, value)
        patch.delenv("AWS_PROFILE", raising=False)
        S3FileSystem.clear_instance_cache()
        S3FileSystem().mkdir(BUCKET)
        yield address
    S3FileSystem.clear_instance_cache()
    server.stop()
