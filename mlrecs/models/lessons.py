"""A small library to learn from, and how far each person is in it."""

from django.db import models

from common.models import TimestampedModel


class Lesson(TimestampedModel):
    """One lesson: written, or a film with its transcript. Advice and tax pages point to it by `slug`."""

    class Level(models.TextChoices):
        """For whom."""

        BASIC = "basic", "Basic"
        MIDDLE = "middle", "Intermediate"
        ADVANCED = "advanced", "Advanced"

    slug = models.SlugField(max_length=60, unique=True)
    title = models.CharField(max_length=120)
    topic = models.CharField(max_length=40)
    level = models.CharField(max_length=8, choices=Level, default=Level.BASIC)
    minutes = models.PositiveSmallIntegerField(default=5)
    source = models.CharField(max_length=200, blank=True)
    video = models.URLField(max_length=500, blank=True)
    summary = models.CharField(max_length=300)
    transcript = models.TextField()
    place = models.PositiveSmallIntegerField(default=0)
    is_published = models.BooleanField(default=True)

    class Meta:
        db_table = "educational_videos"
        ordering = ["place", "slug"]

    def __str__(self) -> str:
        return self.title


class LessonProgress(TimestampedModel):
    """How far one person is in one lesson."""

    user = models.ForeignKey("accounts.User", on_delete=models.CASCADE, related_name="+")
    lesson = models.ForeignKey(Lesson, on_delete=models.CASCADE, related_name="progress")
    percent = models.PositiveSmallIntegerField(default=0)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        db_table = "lesson_progress"
        constraints = [models.UniqueConstraint(fields=["user", "lesson"], name="lesson_progress_once")]

    def __str__(self) -> str:
        return f"{self.user} {self.lesson}"
