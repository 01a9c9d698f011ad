ALTER TABLE "guard_surveys" ADD COLUMN "uncovered" jsonb DEFAULT '[]'::jsonb NOT NULL;--> statement-breakpoint
ALTER TABLE "guard_surveys" ADD COLUMN "remembered" jsonb;