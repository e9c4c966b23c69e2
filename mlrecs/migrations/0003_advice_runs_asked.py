from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("mlrecs", "0002_advice_runs")]

    operations = [
        migrations.AddField(
            model_name="advicerun",
            name="asked_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AlterField(
            model_name="advicerun",
            name="ran_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
    ]
