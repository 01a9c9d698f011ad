ALTER TABLE "health_states" DROP CONSTRAINT "health_states_log_id_health_log_id_fk";
--> statement-breakpoint
ALTER TABLE "health_log" RENAME TO "health_log_unpartitioned";
--> statement-breakpoint
ALTER TABLE "row_counts" RENAME TO "row_counts_unpartitioned";
--> statement-breakpoint
CREATE TABLE "health_days" (
	"target_id" uuid NOT NULL,
	"check" text NOT NULL,
	"at" timestamp with time zone NOT NULL,
	"runs" integer NOT NULL,
	"unhealthy" integer NOT NULL,
	"no_data" integer NOT NULL,
	"measured_runs" integer NOT NULL,
	"lowest" double precision,
	"highest" double precision,
	"total" double precision,
	"last" double precision,
	"last_at" timestamp with time zone,
	CONSTRAINT "health_days_target_id_check_at_pk" PRIMARY KEY("target_id","check","at")
) PARTITION BY RANGE ("at");
--> statement-breakpoint
CREATE TABLE "health_hours" (
	"target_id" uuid NOT NULL,
	"check" text NOT NULL,
	"at" timestamp with time zone NOT NULL,
	"runs" integer NOT NULL,
	"unhealthy" integer NOT NULL,
	"no_data" integer NOT NULL,
	"measured_runs" integer NOT NULL,
	"lowest" double precision,
	"highest" double precision,
	"total" double precision,
	"last" double precision,
	"last_at" timestamp with time zone,
	CONSTRAINT "health_hours_target_id_check_at_pk" PRIMARY KEY("target_id","check","at")
) PARTITION BY RANGE ("at");
--> statement-breakpoint
CREATE TABLE "health_minutes" (
	"target_id" uuid NOT NULL,
	"check" text NOT NULL,
	"at" timestamp with time zone NOT NULL,
	"runs" integer NOT NULL,
	"unhealthy" integer NOT NULL,
	"no_data" integer NOT NULL,
	"measured_runs" integer NOT NULL,
	"lowest" double precision,
	"highest" double precision,
	"total" double precision,
	"last" double precision,
	"last_at" timestamp with time zone,
	CONSTRAINT "health_minutes_target_id_check_at_pk" PRIMARY KEY("target_id","check","at")
) PARTITION BY RANGE ("at");
--> statement-breakpoint
CREATE TABLE "health_turns" (
	"target_id" uuid NOT NULL,
	"check" text NOT NULL,
	"at" timestamp with time zone NOT NULL,
	"area" text NOT NULL,
	"title" text NOT NULL,
	"status_before" text,
	"severity_before" text,
	"status" text NOT NULL,
	"severity" text NOT NULL,
	"affected" bigint,
	"details" text NOT NULL,
	CONSTRAINT "health_turns_target_id_check_at_pk" PRIMARY KEY("target_id","check","at")
) PARTITION BY RANGE ("at");
--> statement-breakpoint
CREATE TABLE "health_log" (
	"target_id" uuid NOT NULL,
	"checked_at" timestamp with time zone NOT NULL,
	"check" text NOT NULL,
	"status" text NOT NULL,
	"severity" text NOT NULL,
	"affected" bigint,
	"measured" double precision,
	"details" text NOT NULL,
	"remedy" text,
	"samples" jsonb DEFAULT '[]'::jsonb NOT NULL,
	"duration_ms" double precision,
	"job_run_id" uuid,
	CONSTRAINT "health_log_target_id_check_checked_at_pk" PRIMARY KEY("target_id","check","checked_at")
) PARTITION BY RANGE ("checked_at");
--> statement-breakpoint
CREATE TABLE "row_counts" (
	"target_id" uuid NOT NULL,
	"table_name" text NOT NULL,
	"counted_at" timestamp with time zone NOT NULL,
	"rows" bigint NOT NULL,
	CONSTRAINT "row_counts_target_id_table_name_counted_at_pk" PRIMARY KEY("target_id","table_name","counted_at")
) PARTITION BY RANGE ("counted_at");
--> statement-breakpoint
CREATE INDEX "health_turns_target_id_at_idx" ON "health_turns" USING btree ("target_id","at");
--> statement-breakpoint
DO $$
DECLARE
	tier record;
	starts timestamptz;
BEGIN
	-- A partition for every stretch that there is something of.
	FOR tier IN SELECT * FROM (VALUES
		('health_log', 'day', 'YYYYMMDD', 'SELECT checked_at FROM health_log_unpartitioned'),
		('health_minutes', 'day', 'YYYYMMDD', 'SELECT checked_at FROM health_log_unpartitioned WHERE checked_at > now() - interval ''3 days'''),
		('health_hours', 'month', 'YYYYMM', 'SELECT checked_at FROM health_log_unpartitioned'),
		('health_days', 'year', 'YYYY', 'SELECT checked_at FROM health_log_unpartitioned'),
		('health_turns', 'month', 'YYYYMM', 'SELECT checked_at FROM health_log_unpartitioned'),
		('row_counts', 'month', 'YYYYMM', 'SELECT counted_at FROM row_counts_unpartitioned')
	) AS t (parent, step, digits, moments) LOOP
		FOR starts IN EXECUTE format('SELECT DISTINCT date_trunc(%L, m.at, ''UTC'') FROM (%s) m (at)', tier.step, tier.moments) LOOP
			EXECUTE format('CREATE TABLE %I PARTITION OF %I FOR VALUES FROM (%L) TO (%L)',
				tier.parent || '_p' || to_char(starts AT TIME ZONE 'UTC', tier.digits), tier.parent, starts,
				(starts AT TIME ZONE 'UTC' + ('1 ' || tier.step)::interval) AT TIME ZONE 'UTC');
		END LOOP;
	END LOOP;
END
$$;
--> statement-breakpoint
INSERT INTO "health_log"
SELECT "target_id", "checked_at", "check", "status", "severity", "affected", "measured", "details", "remedy", "samples", "duration_ms", "job_run_id"
FROM "health_log_unpartitioned" ORDER BY "id" DESC ON CONFLICT DO NOTHING;
--> statement-breakpoint
INSERT INTO "health_minutes"
SELECT "target_id", "check", date_trunc('minute', "checked_at", 'UTC'), count(*),
	count(*) FILTER (WHERE "status" = 'unhealthy'), count(*) FILTER (WHERE "status" = 'no-data'),
	count("measured"), min("measured"), max("measured"), sum("measured"),
	(array_agg("measured" ORDER BY "checked_at" DESC) FILTER (WHERE "measured" IS NOT NULL))[1],
	max("checked_at") FILTER (WHERE "measured" IS NOT NULL)
FROM "health_log" WHERE "checked_at" >= date_trunc('day', now() - interval '2 days', 'UTC') GROUP BY 1, 2, 3;
--> statement-breakpoint
INSERT INTO "health_hours"
SELECT "target_id", "check", date_trunc('hour', "checked_at", 'UTC'), count(*),
	count(*) FILTER (WHERE "status" = 'unhealthy'), count(*) FILTER (WHERE "status" = 'no-data'),
	count("measured"), min("measured"), max("measured"), sum("measured"),
	(array_agg("measured" ORDER BY "checked_at" DESC) FILTER (WHERE "measured" IS NOT NULL))[1],
	max("checked_at") FILTER (WHERE "measured" IS NOT NULL)
FROM "health_log" GROUP BY 1, 2, 3;
--> statement-breakpoint
INSERT INTO "health_days"
SELECT "target_id", "check", date_trunc('day', "checked_at", 'UTC'), count(*),
	count(*) FILTER (WHERE "status" = 'unhealthy'), count(*) FILTER (WHERE "status" = 'no-data'),
	count("measured"), min("measured"), max("measured"), sum("measured"),
	(array_agg("measured" ORDER BY "checked_at" DESC) FILTER (WHERE "measured" IS NOT NULL))[1],
	max("checked_at") FILTER (WHERE "measured" IS NOT NULL)
FROM "health_log" GROUP BY 1, 2, 3;
--> statement-breakpoint
INSERT INTO "health_turns"
SELECT "target_id", "check", "checked_at", "area", "title", "status_before", "severity_before", "status", "severity", "affected", "details"
FROM (
	SELECT *, lag("status") OVER following AS "status_before", lag("severity") OVER following AS "severity_before"
	FROM "health_log_unpartitioned" WINDOW following AS (PARTITION BY "target_id", "check" ORDER BY "checked_at", "id")
) "turned"
WHERE "status" IS DISTINCT FROM "status_before" OR "severity" IS DISTINCT FROM "severity_before" ON CONFLICT DO NOTHING;
--> statement-breakpoint
INSERT INTO "row_counts" SELECT "target_id", "table_name", "counted_at", "rows"
FROM "row_counts_unpartitioned" ORDER BY "id" DESC ON CONFLICT DO NOTHING;
--> statement-breakpoint
ALTER TABLE "health_states" ADD COLUMN "area" text;
--> statement-breakpoint
ALTER TABLE "health_states" ADD COLUMN "title" text;
--> statement-breakpoint
ALTER TABLE "health_states" ADD COLUMN "severity" text;
--> statement-breakpoint
ALTER TABLE "health_states" ADD COLUMN "affected" bigint;
--> statement-breakpoint
ALTER TABLE "health_states" ADD COLUMN "measured" double precision;
--> statement-breakpoint
ALTER TABLE "health_states" ADD COLUMN "details" text;
--> statement-breakpoint
ALTER TABLE "health_states" ADD COLUMN "remedy" text;
--> statement-breakpoint
ALTER TABLE "health_states" ADD COLUMN "samples" jsonb DEFAULT '[]'::jsonb NOT NULL;
--> statement-breakpoint
ALTER TABLE "health_states" ADD COLUMN "checked_at" timestamp with time zone;
--> statement-breakpoint
ALTER TABLE "health_states" ADD COLUMN "duration_ms" double precision;
--> statement-breakpoint
UPDATE "health_states" s SET "area" = l."area", "title" = l."title", "severity" = l."severity", "affected" = l."affected",
	"measured" = l."measured", "details" = l."details", "remedy" = l."remedy", "samples" = l."samples",
	"checked_at" = l."checked_at", "duration_ms" = l."duration_ms"
FROM "health_log_unpartitioned" l WHERE l."id" = s."log_id";
--> statement-breakpoint
ALTER TABLE "health_states" ALTER COLUMN "area" SET NOT NULL;
--> statement-breakpoint
ALTER TABLE "health_states" ALTER COLUMN "title" SET NOT NULL;
--> statement-breakpoint
ALTER TABLE "health_states" ALTER COLUMN "severity" SET NOT NULL;
--> statement-breakpoint
ALTER TABLE "health_states" ALTER COLUMN "details" SET NOT NULL;
--> statement-breakpoint
ALTER TABLE "health_states" ALTER COLUMN "checked_at" SET NOT NULL;
--> statement-breakpoint
ALTER TABLE "health_states" DROP COLUMN "log_id";
--> statement-breakpoint
DROP TABLE "health_log_unpartitioned";
--> statement-breakpoint
DROP TABLE "row_counts_unpartitioned";
