"""The page with its form, and the health check."""

import os

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render

from guestbook.models import Entry


def index(request: HttpRequest) -> HttpResponse:
    if request.method == "POST":
        Entry.objects.create(text=request.POST["text"][:200])
        return redirect("/")
    return render(request, "index.html", {"entries": Entry.objects.all()[:50], "version": os.environ.get("SLIPWAY_VERSION", "?")})


def healthz(_request: HttpRequest) -> JsonResponse:
    """Well when the database can be read."""
    return JsonResponse({"entries": Entry.objects.count()})
