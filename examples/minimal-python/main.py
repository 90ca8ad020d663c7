"""The smallest web app: says hello, and who it is."""

from flask import Flask

app = Flask(__name__)


@app.get("/")
def index() -> dict:
    return {"hello": "world", "version": "1.0.0"}
