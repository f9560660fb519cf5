"""The application for gunicorn and for `flask --app wsgi`."""

from app.cli import register
from app.wiring import application

app = application()
register(app)
