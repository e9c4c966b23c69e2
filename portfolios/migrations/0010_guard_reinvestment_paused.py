from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("portfolios", "0003_targets_and_plans_to_buy"),
    ]

    operations = [
        migrations.AddField(
            model_name="portfolio",
            name="reinvestment_paused_on",
            field=models.DateField(blank=True, null=True),
        ),
    ]
