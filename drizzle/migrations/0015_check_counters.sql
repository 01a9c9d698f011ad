CREATE TABLE "check_counters" (
	"target_id" uuid NOT NULL,
	"check" text NOT NULL,
	"read_at" timestamp with time zone NOT NULL,
	"counters" jsonb NOT NULL,
	CONSTRAINT "check_counters_target_id_check_pk" PRIMARY KEY("target_id","check")
);
--> statement-breakpoint
ALTER TABLE "check_counters" ADD CONSTRAINT "check_counters_target_id_targets_id_fk" FOREIGN KEY ("target_id") REFERENCES "public"."targets"("id") ON DELETE no action ON UPDATE no action;