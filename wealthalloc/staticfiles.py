"""Which files of the static folders are served: sources and build scripts are not."""

from django.contrib.staticfiles.apps import StaticFilesConfig


class StaticFiles(StaticFilesConfig):
    """Django's app, leaving out what maintainers build from."""

    ignore_patterns = [
        *StaticFilesConfig.ignore_patterns,
        "css/src/*",
        "build/*",
        "*.md",
    ]
