"""An S3 server of the tests' own, on a free loopback port, that knows one person and refuses every other."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import boto3
import httpx
from moto.server import ThreadedMotoServer

MAY = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}
ANYBODY = {"region_name": "us-east-1", "aws_access_key_id": "any", "aws_secret_access_key": "any"}


@dataclass(frozen=True)
class Bucket:
    """The environment of whoever may use the bucket, and its address."""

    environment: dict[str, str]
    url: str = "s3://runs/tieout"


@contextmanager
def running() -> Iterator[Bucket]:
    """Start the server with an empty bucket; from then on it checks signatures."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    address = f"http://{host}:{port}"
    people = boto3.client("iam", endpoint_url=address, **ANYBODY)
    people.create_user(UserName="tieout")
    people.put_user_policy(UserName="tieout", PolicyName="runs", PolicyDocument=json.dumps(MAY))
    key = people.create_access_key(UserName="tieout")["AccessKey"]
    boto3.client("s3", endpoint_url=address, **ANYBODY).create_bucket(Bucket="runs")
    # The next request, and every one after it, must be signed by somebody known.
    httpx.post(f"{address}/moto-api/reset-auth", content=b"0").raise_for_status()
    yield Bucket(
        {
            "AWS_ENDPOINT_URL": address,
            "AWS_ACCESS_KEY_ID": key["AccessKeyId"],
            "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"],
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_MAX_ATTEMPTS": "1",
        }
    )
    server.stop()
