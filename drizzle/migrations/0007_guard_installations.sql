CREATE TABLE "guard_installations" (
	"target_id" uuid PRIMARY KEY NOT NULL,
	"origin" text NOT NULL,
	"scheme" integer NOT NULL,
	"prints" jsonb NOT NULL,
	"recorded_at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
ALTER TABLE "guard_installations" ADD CONSTRAINT "guard_installations_target_id_targets_id_fk" FOREIGN KEY ("target_id") REFERENCES "public"."targets"("id") ON DELETE no action ON UPDATE no action;