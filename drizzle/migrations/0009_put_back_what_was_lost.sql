CREATE TABLE "restore_drafts" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"target_id" uuid NOT NULL,
	"user_id" uuid NOT NULL,
	"incident_id" uuid,
	"step" text DEFAULT 'why' NOT NULL,
	"reason" text DEFAULT '' NOT NULL,
	"request" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"operation_id" uuid,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL,
	"discarded_at" timestamp with time zone
);
--> statement-breakpoint
CREATE TABLE "drift_comparisons" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"master_id" uuid NOT NULL,
	"target_id" uuid NOT NULL,
	"mirror" text,
	"status" text DEFAULT 'queued' NOT NULL,
	"in_sync" boolean,
	"tables" jsonb DEFAULT '[]'::jsonb NOT NULL,
	"found" jsonb,
	"master_read_at" timestamp with time zone,
	"target_read_at" timestamp with time zone,
	"error" jsonb,
	"requested_by" text NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"finished_at" timestamp with time zone,
	"job_run_id" uuid,
	CONSTRAINT "drift_comparisons_two" CHECK ("drift_comparisons"."master_id" <> "drift_comparisons"."target_id"),
	CONSTRAINT "drift_comparisons_known" CHECK (("drift_comparisons"."status" = 'compared') = ("drift_comparisons"."in_sync" is not null))
);
--> statement-breakpoint
CREATE TABLE "installation" (
	"one" integer PRIMARY KEY DEFAULT 1 NOT NULL,
	"solo_mode" boolean DEFAULT false NOT NULL,
	"solo_since" timestamp with time zone,
	"solo_by" text,
	"solo_reason" text,
	CONSTRAINT "installation_one" CHECK ("installation"."one" = 1)
);
--> statement-breakpoint
ALTER TABLE "operations" DROP CONSTRAINT "operations_two_persons";--> statement-breakpoint
ALTER TABLE "operations" DROP CONSTRAINT "operations_approval_whole";--> statement-breakpoint
ALTER TABLE "operations" DROP CONSTRAINT "operations_run_approved";--> statement-breakpoint
ALTER TABLE "operations" ADD COLUMN "approval_mode" text DEFAULT 'two-person' NOT NULL;--> statement-breakpoint
ALTER TABLE "operations" ADD COLUMN "undoes_operation_id" uuid;--> statement-breakpoint
ALTER TABLE "operations" ADD COLUMN "run_from" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "restore_drafts" ADD CONSTRAINT "restore_drafts_target_id_targets_id_fk" FOREIGN KEY ("target_id") REFERENCES "public"."targets"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "restore_drafts" ADD CONSTRAINT "restore_drafts_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "restore_drafts" ADD CONSTRAINT "restore_drafts_incident_id_incidents_id_fk" FOREIGN KEY ("incident_id") REFERENCES "public"."incidents"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "restore_drafts" ADD CONSTRAINT "restore_drafts_operation_id_operations_id_fk" FOREIGN KEY ("operation_id") REFERENCES "public"."operations"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "drift_comparisons" ADD CONSTRAINT "drift_comparisons_master_id_targets_id_fk" FOREIGN KEY ("master_id") REFERENCES "public"."targets"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "drift_comparisons" ADD CONSTRAINT "drift_comparisons_target_id_targets_id_fk" FOREIGN KEY ("target_id") REFERENCES "public"."targets"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "drift_comparisons" ADD CONSTRAINT "drift_comparisons_job_run_id_job_runs_id_fk" FOREIGN KEY ("job_run_id") REFERENCES "public"."job_runs"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "restore_drafts_user_id_updated_at_idx" ON "restore_drafts" USING btree ("user_id","updated_at");--> statement-breakpoint
CREATE INDEX "drift_comparisons_target_id_created_at_idx" ON "drift_comparisons" USING btree ("target_id","created_at");--> statement-breakpoint
ALTER TABLE "operations" ADD CONSTRAINT "operations_undoes_operation_id_operations_id_fk" FOREIGN KEY ("undoes_operation_id") REFERENCES "public"."operations"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "operations_undoes_operation_id_idx" ON "operations" USING btree ("undoes_operation_id") WHERE "operations"."status" in ('requested', 'planned', 'awaiting-approval', 'approved', 'running', 'verifying');--> statement-breakpoint
ALTER TABLE "operations" ADD CONSTRAINT "operations_solo_waits" CHECK ("operations"."approval_mode" <> 'solo' or ("operations"."run_from" is not null and "operations"."run_from" >= "operations"."approved_at" + interval '15 minutes'));--> statement-breakpoint
ALTER TABLE "operations" ADD CONSTRAINT "operations_two_persons" CHECK ("operations"."approved_by_user_id" is null or "operations"."approved_by_user_id" is distinct from "operations"."requested_by_user_id" or "operations"."approval_mode" = 'solo');--> statement-breakpoint
ALTER TABLE "operations" ADD CONSTRAINT "operations_approval_whole" CHECK (("operations"."approved_by_user_id" is null and "operations"."approval_mode" <> 'break-glass') = ("operations"."approved_fingerprint" is null));--> statement-breakpoint
ALTER TABLE "operations" ADD CONSTRAINT "operations_run_approved" CHECK ("operations"."status" not in ('approved', 'running', 'verifying', 'succeeded') or not "operations"."needs_approval" or "operations"."approved_by_user_id" is not null or "operations"."approval_mode" = 'break-glass');