CREATE TABLE "permits" (
	"id" uuid PRIMARY KEY NOT NULL,
	"target_id" uuid NOT NULL,
	"state" text DEFAULT 'opening' NOT NULL,
	"secret" text,
	"opens_at" timestamp with time zone,
	"expires_at" timestamp with time zone,
	"used_rows" bigint,
	"used_at" timestamp with time zone,
	"used_by" text,
	"ended_at" timestamp with time zone,
	"ended_by" text
);
--> statement-breakpoint
ALTER TABLE "permits" ADD CONSTRAINT "permits_id_operations_id_fk" FOREIGN KEY ("id") REFERENCES "public"."operations"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "permits" ADD CONSTRAINT "permits_target_id_targets_id_fk" FOREIGN KEY ("target_id") REFERENCES "public"."targets"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "permits_target_id_state_idx" ON "permits" USING btree ("target_id","state");