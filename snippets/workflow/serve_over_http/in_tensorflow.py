"""Serve a trained model over HTTP: load it once, check what comes in."""

# %% Train on the wines, and save
import http.client
import json
import re
import socket
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf
from sklearn.datasets import load_wine

wines = load_wine()
order = np.random.default_rng(0).permutation(178)
rows = tf.constant(wines.data[order], dtype=tf.float32)  # (178, 13)
labels = tf.constant(wines.target[order])
scaling = keras.layers.Normalization()
scaling.adapt(rows[:138])
scores = keras.layers.Dense(3, kernel_initializer="zeros")
model = keras.Sequential([keras.Input((13,)), scaling, scores])
model.compile(
    optimizer=keras.optimizers.SGD(learning_rate=0.5),
    loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
)
model.fit(rows[:138], labels[:138], batch_size=138, epochs=20, verbose=0)
model.save("wine.keras")
Path("features.json").write_text(json.dumps(wines.feature_names))
here = tf.nn.softmax(model(rows[138:]), axis=1).numpy()

# %% Write the service
service = """
import json
from contextlib import asynccontextmanager
from threading import current_thread, main_thread

import keras
import tensorflow as tf
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field, FiniteFloat, create_model

tf.config.threading.set_intra_op_parallelism_threads(1)
tf.config.threading.set_inter_op_parallelism_threads(1)
features = json.load(open("features.json"))
Wine = create_model("Wine", **dict.fromkeys(features, FiniteFloat))
counts = {"loaded": 0, "blocked": 0}


class Question(BaseModel):
    wines: list[Wine] = Field(min_length=1, max_length=100)


def load():
    counts["loaded"] += 1
    return keras.saving.load_model("wine.keras", compile=False)


def answer(rows, model):
    counts["blocked"] += current_thread() is main_thread()
    logits = model(tf.constant(rows), training=False)
    return {"probabilities": tf.nn.softmax(logits, axis=1).numpy().tolist()}


@asynccontextmanager
async def lifespan(app):
    app.state.loaded = load()  # once, before the first request
    yield


app = FastAPI(lifespan=lifespan)


@app.exception_handler(RequestValidationError)
def refuse(request, error):  # without repeating what came in
    told = [[*map(str, e["loc"]), e["msg"]] for e in error.errors()]
    return JSONResponse({"refused": told}, status_code=422)


@app.get("/health")
def health():
    return counts


@app.post("/predict")
def predict(question: Question):  # not async: it gets a thread
    rows = [list(wine.model_dump().values()) for wine in question.wines]
    return answer(rows, app.state.loaded)


@app.post("/careless")
async def careless(request: Request):  # trusts, loads and blocks
    return answer(await request.json(), load())
"""
Path("service.py").write_text(service)


# %% Start it, and wait until it is ready
def ask(path, question=None):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    header = {"Content-Type": "application/json"}
    body = question and json.dumps(question)
    connection.request("POST" if body else "GET", path, body, header)
    reply = connection.getresponse()
    text = reply.read().decode()
    connection.close()
    return reply.status, text


with socket.socket() as free:
    free.bind(("127.0.0.1", 0))
    port = free.getsockname()[1]
command = [sys.executable, "-m", "uvicorn", "service:app", f"--port={port}"]
with open("log.txt", "w") as log:
    server = subprocess.Popen(command, stdout=log, stderr=log)
while server.poll() is None:
    try:
        print("ready:", *ask("/health"))
        break
    except ConnectionRefusedError:
        time.sleep(0.1)

# %% Ask forty times, eight at once
named = [
    dict(zip(wines.feature_names, row.tolist(), strict=True))
    for row in wines.data[order][138:]
]
with ThreadPoolExecutor(8) as threads:
    questions = [("/predict", {"wines": [wine]}) for wine in named]
    replies = list(threads.map(lambda question: ask(*question), questions))
served = [json.loads(text)["probabilities"][0] for _, text in replies]
served = np.array(served)
print("answers:", [status for status, _ in replies].count(200))
print("as in this process:", np.allclose(served, here, atol=1e-5))

# %% Ask what cannot be answered
wine = named[0]
no_ash = {name: value for name, value in wine.items() if name != "ash"}
bad = no_ash, wine | {"ash": "much"}, wine | {"ash": float("nan")}
refusals = [ask("/predict", {"wines": [row]}) for row in bad]
print(*[f"{status} {text}" for status, text in refusals], sep="\n")
refusals = [status for status, _ in refusals]

# %% Ask the careless one
values = list(wine.values())
asked = {"13": values, "12": values[1:], "1": values[:1]}
asked["13 reversed"] = values[::-1]
statuses, trusted = [], []
for what, row in asked.items():
    status, text = ask("/careless", [row])
    statuses.append(status)
    if status == 200:
        trusted += json.loads(text)["probabilities"]
        text = np.round(trusted[-1], 2)
    print(what, "values:", status, text)
counts = json.loads(ask("/health")[1])
print("loaded:", counts["loaded"], "blocked:", counts["blocked"])
counts = list(counts.values())

# %% Stop it
server.terminate()
exit_code = server.wait(timeout=60)
log = Path("log.txt").read_text()
print("for 12 values:", re.search(r"Incompatible shapes: \S+ vs. \S+", log)[0])
print("shut down:", "shutdown complete" in log, "exit code", exit_code)
