"""安还 Anhuan: people behind with a loan see what they owe and find a way on."""

from datetime import timedelta

from flask import Flask
from flask_wtf import CSRFProtect

from app.config import Settings
from app.db import PAGES, make_engine, make_session_factory
from app.domain.calendar import beijing_date
from app.ports.clock import Clock, SystemClock
from app.ports.gateways import Gateways
from app.services.core.languages import LOCALES, SOURCE_LANGUAGE, TRANSLATIONS
from app.services.core.policy import KNOWN, TODAY
from app.services.core.working_days import CALENDARS

MAX_BODY_BYTES = 64 * 1024
SESSION_HOURS = 8


def create_app(settings: Settings, gateways: Gateways, clock: Clock | None = None) -> Flask:
    """Wire one application: settings, database, gateways and clock in, pages out."""
    app = Flask(__name__, static_folder="static", template_folder="templates")
    app.config.update(
        SECRET_KEY=settings.secret_key,
        MAX_CONTENT_LENGTH=MAX_BODY_BYTES,
        TRUSTED_HOSTS=list(settings.trusted_hosts) or None,
        SESSION_COOKIE_NAME="__Host-anhuan" if settings.is_production else "anhuan",
        SESSION_COOKIE_SECURE=settings.is_production,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        PERMANENT_SESSION_LIFETIME=timedelta(hours=SESSION_HOURS),
        WTF_CSRF_TIME_LIMIT=None,
        BABEL_DEFAULT_LOCALE=LOCALES[SOURCE_LANGUAGE],
        BABEL_DEFAULT_TIMEZONE="Asia/Shanghai",
        BABEL_TRANSLATION_DIRECTORIES=str(TRANSLATIONS),
    )
    engine, clock = make_engine(settings.database_url, PAGES), clock or SystemClock()
    _web(app, settings, gateways, clock)
    app.extensions["anhuan_engine"] = engine
    # Which policy is in force follows from the day, and only the clock tells the day.
    told = {TODAY: lambda: beijing_date(clock.now()), KNOWN: {}, CALENDARS: {}}
    app.extensions["anhuan"].bind(make_session_factory(engine, **told))
    return app


def _web(app: Flask, settings: Settings, gateways: Gateways, clock: Clock) -> None:
    from app.web import context, metrics, register_pages, request_ids, uploads

    if settings.proxy_hops:
        from werkzeug.middleware.proxy_fix import ProxyFix

        hops = settings.proxy_hops
        proxied = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)
        app.wsgi_app = proxied  # type: ignore[method-assign]
    if settings.metrics_port:
        metrics.install(app, metrics.figures_in(settings.metrics_dir))
    request_ids.install(app, is_behind_proxy=settings.proxy_hops > 0)
    uploads.install(app)  # before the check of the token, which reads all of a form
    CSRFProtect(app)
    context.install(
        app,
        context.Runtime(
            gateways=gateways, clock=clock, site=settings.site, is_production=settings.is_production
        ),
    )
    register_pages(app)
