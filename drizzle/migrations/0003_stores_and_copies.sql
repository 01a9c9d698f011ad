CREATE TABLE "backup_copies" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"backup_id" uuid NOT NULL,
	"store_id" uuid NOT NULL,
	"key" text NOT NULL,
	"status" text DEFAULT 'writing' NOT NULL,
	"verification" text,
	"verified_at" timestamp with time zone,
	"size_bytes" bigint,
	"error" jsonb,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"deleted_at" timestamp with time zone
);
--> statement-breakpoint
CREATE TABLE "retention_freezes" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"target_id" uuid NOT NULL,
	"reason" text NOT NULL,
	"subject" text NOT NULL,
	"frozen_at" timestamp with time zone DEFAULT now() NOT NULL,
	"cleared_at" timestamp with time zone,
	"cleared_by" text,
	"clear_reason" text
);
--> statement-breakpoint
CREATE TABLE "expected_runs" (
	"target_id" uuid NOT NULL,
	"schedule" text NOT NULL,
	"due_at" timestamp with time zone NOT NULL,
	"status" text DEFAULT 'expected' NOT NULL,
	"answered_at" timestamp with time zone,
	"job_run_id" uuid,
	"refused_because" text,
	CONSTRAINT "expected_runs_target_id_schedule_due_at_pk" PRIMARY KEY("target_id","schedule","due_at")
);
--> statement-breakpoint
CREATE TABLE "archive_stores" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"name" text NOT NULL,
	"kind" text NOT NULL,
	"settings" jsonb NOT NULL,
	"status" text DEFAULT 'reachable' NOT NULL,
	"status_at" timestamp with time zone DEFAULT now() NOT NULL,
	"error" jsonb,
	"used_bytes" bigint,
	"free_bytes" bigint,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"created_by" text NOT NULL,
	"removed_at" timestamp with time zone
);
--> statement-breakpoint
CREATE TABLE "store_credentials" (
	"store_id" uuid PRIMARY KEY NOT NULL,
	"sealed" text NOT NULL,
	"key_id" text NOT NULL,
	"set_at" timestamp with time zone DEFAULT now() NOT NULL,
	"set_by" text NOT NULL
);
--> statement-breakpoint
CREATE TABLE "store_measurements" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"store_id" uuid NOT NULL,
	"measured_at" timestamp with time zone DEFAULT now() NOT NULL,
	"used_bytes" bigint NOT NULL,
	"free_bytes" bigint,
	"archives" bigint NOT NULL
);
--> statement-breakpoint
ALTER TABLE "backups" ADD COLUMN "origin" text DEFAULT 'holdfast' NOT NULL;--> statement-breakpoint
ALTER TABLE "backups" ADD COLUMN "held_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "backups" ADD COLUMN "held_by" text;--> statement-breakpoint
ALTER TABLE "backups" ADD COLUMN "hold_reason" text;--> statement-breakpoint
ALTER TABLE "drills" ADD COLUMN "copy_id" uuid;--> statement-breakpoint
ALTER TABLE "drills" ADD COLUMN "checks" jsonb DEFAULT '[]'::jsonb NOT NULL;--> statement-breakpoint
ALTER TABLE "drills" ADD COLUMN "unchecked" jsonb DEFAULT '[]'::jsonb NOT NULL;--> statement-breakpoint
ALTER TABLE "drills" ADD COLUMN "server_version" text;--> statement-breakpoint
ALTER TABLE "targets" ADD COLUMN "kind" text DEFAULT 'application' NOT NULL;--> statement-breakpoint
ALTER TABLE "backup_copies" ADD CONSTRAINT "backup_copies_backup_id_backups_id_fk" FOREIGN KEY ("backup_id") REFERENCES "public"."backups"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "backup_copies" ADD CONSTRAINT "backup_copies_store_id_archive_stores_id_fk" FOREIGN KEY ("store_id") REFERENCES "public"."archive_stores"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "retention_freezes" ADD CONSTRAINT "retention_freezes_target_id_targets_id_fk" FOREIGN KEY ("target_id") REFERENCES "public"."targets"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "expected_runs" ADD CONSTRAINT "expected_runs_target_id_targets_id_fk" FOREIGN KEY ("target_id") REFERENCES "public"."targets"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "expected_runs" ADD CONSTRAINT "expected_runs_job_run_id_job_runs_id_fk" FOREIGN KEY ("job_run_id") REFERENCES "public"."job_runs"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "store_credentials" ADD CONSTRAINT "store_credentials_store_id_archive_stores_id_fk" FOREIGN KEY ("store_id") REFERENCES "public"."archive_stores"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "store_measurements" ADD CONSTRAINT "store_measurements_store_id_archive_stores_id_fk" FOREIGN KEY ("store_id") REFERENCES "public"."archive_stores"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "backup_copies_backup_id_store_id_idx" ON "backup_copies" USING btree ("backup_id","store_id");--> statement-breakpoint
CREATE INDEX "backup_copies_store_id_status_idx" ON "backup_copies" USING btree ("store_id","status");--> statement-breakpoint
CREATE INDEX "retention_freezes_target_id_cleared_at_idx" ON "retention_freezes" USING btree ("target_id","cleared_at");--> statement-breakpoint
CREATE INDEX "expected_runs_status_due_at_idx" ON "expected_runs" USING btree ("status","due_at");--> statement-breakpoint
CREATE UNIQUE INDEX "archive_stores_name_idx" ON "archive_stores" USING btree ("name") WHERE "archive_stores"."removed_at" is null;--> statement-breakpoint
CREATE UNIQUE INDEX "store_measurements_store_id_measured_at_idx" ON "store_measurements" USING btree ("store_id","measured_at");--> statement-breakpoint
ALTER TABLE "drills" ADD CONSTRAINT "drills_copy_id_backup_copies_id_fk" FOREIGN KEY ("copy_id") REFERENCES "public"."backup_copies"("id") ON DELETE no action ON UPDATE no action;