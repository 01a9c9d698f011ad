CREATE TABLE "server_databases" (
	"target_id" uuid NOT NULL,
	"name" text NOT NULL,
	"size_bytes" bigint,
	"seen_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "server_databases_target_id_name_pk" PRIMARY KEY("target_id","name")
);
--> statement-breakpoint
ALTER TABLE "server_databases" ADD CONSTRAINT "server_databases_target_id_targets_id_fk" FOREIGN KEY ("target_id") REFERENCES "public"."targets"("id") ON DELETE no action ON UPDATE no action;