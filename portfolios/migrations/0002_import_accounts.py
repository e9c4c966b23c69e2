from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("portfolios", "0001_first_tables")]

    operations = [
        migrations.AddField(
            model_name="importrun",
            name="accounts",
            field=models.JSONField(default=list),
        ),
        migrations.AlterField(
            model_name="importrow",
            name="status",
            field=models.CharField(
                choices=[
                    ("new", "New"),
                    ("known", "Already in the book"),
                    ("stated", "Used to check the book"),
                    ("ignored", "Repeats other rows"),
                    ("left_out", "Left out"),
                    ("wrong", "Not understood"),
                ],
                max_length=10,
            ),
        ),
    ]
