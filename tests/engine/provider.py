"""The smallest provider that the engine accepts: everything is created as asked, after ``keepers.seconds``."""

# ruff: noqa: N802, ARG002 - the protocol gives the names

from __future__ import annotations

import os
import signal
import time
from concurrent import futures

import grpc
from google.protobuf import json_format
from google.protobuf.empty_pb2 import Empty  # ty: ignore[missing-module-member] - made at run time
from pulumi.runtime.proto import plugin_pb2, provider_pb2, provider_pb2_grpc


class Provider(provider_pb2_grpc.ResourceProviderServicer):
    def Handshake(self, request, context):
        return provider_pb2.ProviderHandshakeResponse(accept_secrets=True, accept_resources=True)

    def GetPluginInfo(self, request, context):
        return plugin_pb2.PluginInfo(version="4.21.4")

    def CheckConfig(self, request, context):
        return provider_pb2.CheckResponse(inputs=request.news)

    def DiffConfig(self, request, context):
        return provider_pb2.DiffResponse(changes=provider_pb2.DiffResponse.DIFF_NONE)

    def Configure(self, request, context):
        return provider_pb2.ConfigureResponse(acceptSecrets=True, supportsPreview=True, acceptResources=True)

    def Check(self, request, context):
        return provider_pb2.CheckResponse(inputs=request.news)

    def Diff(self, request, context):
        return provider_pb2.DiffResponse(changes=provider_pb2.DiffResponse.DIFF_NONE)

    def Create(self, request, context):
        if not request.preview:
            asked = json_format.MessageToDict(request.properties)
            time.sleep(float(asked["keepers"].get("seconds", 0)))
        return provider_pb2.CreateResponse(id="" if request.preview else "made", properties=request.properties)

    def Delete(self, request, context):
        return Empty()

    def Cancel(self, request, context):
        return Empty()


def main() -> None:
    signal.signal(signal.SIGINT, lambda *_: os._exit(0))
    parent = os.getppid()
    server = grpc.server(futures.ThreadPoolExecutor(8))
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(Provider(), server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    print(port, flush=True)
    while os.getppid() == parent:
        time.sleep(0.1)
    os._exit(1)


if __name__ == "__main__":
    main()
