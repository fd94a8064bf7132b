"""The configuration of Reflex. Ports are left out on purpose: `wayline up` serves everything on
one port, and the front end asks its own origin (see builder/build.py)."""

import reflex as rx

from builder.lean import LeanSheets, LeanThemes

config = rx.Config(
    app_name="builder",
    app_module_import="builder.app",
    telemetry_enabled=False,
    show_built_with_reflex=False,
    cors_allowed_origins=["http://127.0.0.1", "http://localhost"],  # the gate checks more strictly
    state_manager_mode=rx.constants.StateManagerMode.MEMORY,
    frontend_packages=[
        "@fontsource-variable/inter@5.2.8",
        "@fontsource-variable/jetbrains-mono@5.2.8",
    ],
    plugins=[
        LeanThemes(
            theme=rx.theme(
                accent_color="indigo",
                gray_color="sand",
                panel_background="solid",
                scaling="100%",
                radius="medium",
                has_background=False,
            )
        ),
        LeanSheets(),
    ],
    disable_plugins=[rx.plugins.SitemapPlugin],
)
