CREATE TABLE "foreign_archives" (
	"target_id" uuid NOT NULL,
	"store_id" uuid NOT NULL,
	"key" text NOT NULL,
	"layout" text NOT NULL,
	"size_bytes" bigint NOT NULL,
	"modified_at" timestamp with time zone NOT NULL,
	"look" text NOT NULL,
	"status" text DEFAULT 'watching' NOT NULL,
	"problem" text,
	"backup_id" uuid,
	"first_seen_at" timestamp with time zone DEFAULT now() NOT NULL,
	"seen_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "foreign_archives_target_id_store_id_key_pk" PRIMARY KEY("target_id","store_id","key")
);
--> statement-breakpoint
ALTER TABLE "foreign_archives" ADD CONSTRAINT "foreign_archives_target_id_targets_id_fk" FOREIGN KEY ("target_id") REFERENCES "public"."targets"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "foreign_archives" ADD CONSTRAINT "foreign_archives_store_id_archive_stores_id_fk" FOREIGN KEY ("store_id") REFERENCES "public"."archive_stores"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "foreign_archives" ADD CONSTRAINT "foreign_archives_backup_id_backups_id_fk" FOREIGN KEY ("backup_id") REFERENCES "public"."backups"("id") ON DELETE no action ON UPDATE no action;