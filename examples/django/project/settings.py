"""Settings for production. What differs from place to place comes from the environment, as slipway.yml says."""

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

# Empty while `collectstatic` runs, which gets no secrets and needs none; whatever else asks for it is told that it is missing.
SECRET_KEY = os.environ.get("SECRET_KEY", "")
# Also the name by which Slipway asks for `health`.
ALLOWED_HOSTS = [os.environ.get("DOMAIN", "localhost")]
# nginx in front sets this header for all requests and passes on nobody else's.
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = True

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "guestbook",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
ROOT_URLCONF = "project.urls"
WSGI_APPLICATION = "project.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]
# In a folder that outlives releases. Old and new release use it at once: migrate so that the old one can go on.
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ROOT / "data" / "guestbook.sqlite"}}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True

# `collectstatic` fills this folder when the release is built, with a hash in each name; nginx serves it.
STATIC_URL = "/static/"
STATIC_ROOT = ROOT / "static"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.ManifestStaticFilesStorage"},
}
