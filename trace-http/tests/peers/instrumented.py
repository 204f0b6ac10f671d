#!/usr/bin/env python3
"""A client and a server with OpenTelemetry's own instrumentation of aiohttp.

instrumented.py client URL    asks once, and prints its spans as JSON
instrumented.py server        prints its port; GET / is traced, GET /spans has its spans as JSON
"""
import asyncio
import json
import os
import sys

os.environ["OTEL_SEMCONV_STABILITY_OPT_IN"] = "http"

from aiohttp import ClientSession, web
from opentelemetry import trace
from opentelemetry.instrumentation.aiohttp_client import AioHttpClientInstrumentor
from opentelemetry.instrumentation.aiohttp_server import AioHttpServerInstrumentor
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

EXPORTER = InMemorySpanExporter()
provider = TracerProvider()
provider.add_span_processor(SimpleSpanProcessor(EXPORTER))
trace.set_tracer_provider(provider)


def spans():
    return [
        {
            "name": span.name,
            "kind": span.kind.name,
            "trace_id": f"{span.context.trace_id:032x}",
            "span_id": f"{span.context.span_id:016x}",
            "parent": f"{span.parent.span_id:016x}" if span.parent else None,
        }
        for span in EXPORTER.get_finished_spans()
    ]


async def client(url):
    AioHttpClientInstrumentor().instrument()
    async with ClientSession() as session:
        async with session.get(url) as answer:
            await answer.read()
    print(json.dumps(spans()), flush=True)


async def server():
    AioHttpServerInstrumentor().instrument()
    app = web.Application()

    async def hello(_):
        return web.Response(text="hello")

    async def finished(_):
        return web.json_response(spans())

    app.router.add_get("/", hello)
    app.router.add_get("/spans", finished)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    print(site._server.sockets[0].getsockname()[1], flush=True)
    await asyncio.to_thread(sys.stdin.read)


asyncio.run(client(sys.argv[2]) if sys.argv[1] == "client" else server())
