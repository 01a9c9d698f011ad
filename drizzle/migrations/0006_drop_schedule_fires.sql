INSERT INTO "expected_runs" ("target_id", "schedule", "due_at", "status", "answered_at", "refused_because")
SELECT "target_id", "schedule", "scheduled_for", CASE WHEN "refused_because" IS NULL THEN 'filed' ELSE 'refused' END, "fired_at", "refused_because"
FROM "schedule_fires" ON CONFLICT DO NOTHING;--> statement-breakpoint
DROP TABLE "schedule_fires" CASCADE;
