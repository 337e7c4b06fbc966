"""A client from the protos alone: asks what there is, then creates, lists and pages with an API key.

usage: API_KEY=... client.py PROTOS DIRECTORY ADDRESS [AUTHORITY CERTIFICATE KEY]
"""

import os
import pathlib
import sys

import grpc
import grpc_tools
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import ProtoReflectionDescriptorDatabase
from grpc_tools import protoc

protos, directory, address, *tls = sys.argv[1:]

# Generated here and now, so that the protos themselves are tried.
files = [str(path.relative_to(protos)) for path in pathlib.Path(protos).rglob("*.proto")]
generated = pathlib.Path(directory) / "generated"
generated.mkdir()
well_known = pathlib.Path(grpc_tools.__file__).parent / "_proto"
arguments = [f"-I{protos}", f"-I{well_known}", f"--python_out={generated}", f"--grpc_python_out={generated}"]
assert protoc.main(["protoc", *arguments, *files]) == 0
sys.path.insert(0, str(generated))

from crm.customers.v1 import account_pb2, account_pb2_grpc  # noqa: E402

if tls:
    authority, certificate, key = (pathlib.Path(path).read_bytes() for path in tls)
    channel = grpc.secure_channel(address, grpc.ssl_channel_credentials(authority, key, certificate))
else:
    channel = grpc.insecure_channel(address)

services = ProtoReflectionDescriptorDatabase(channel).get_services()
for service in ["crm.customers.v1.Accounts", "crm.customers.v1.Contacts", "crm.feed.v1.History", "grpc.health.v1.Health"]:
    assert service in services, f"{service} is not in {services}"

accounts = account_pb2_grpc.AccountsStub(channel)
credentials = [("authorization", f"Bearer {os.environ['API_KEY']}")]

try:
    accounts.ListAccounts(account_pb2.ListAccountsRequest())
    raise AssertionError("a stranger was let in")
except grpc.RpcError as refusal:
    assert refusal.code() == grpc.StatusCode.UNAUTHENTICATED, refusal

created = set()
for number in range(7):
    request = account_pb2.CreateAccountRequest(account=account_pb2.Account(name=f"蟒蛇 {number}"))
    created.add(accounts.CreateAccount(request, metadata=credentials).id)

listed, pages, token = set(), 0, ""
while pages == 0 or token:
    request = account_pb2.ListAccountsRequest(page_size=3, query="蟒蛇", page_token=token)
    page = accounts.ListAccounts(request, metadata=credentials)
    listed |= {account.id for account in page.accounts}
    pages, token = pages + 1, page.next_page_token

assert listed == created
print(f"created {len(created)}, listed {len(listed)} on {pages} pages")
