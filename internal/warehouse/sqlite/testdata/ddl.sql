CREATE TABLE "Company" (
    "company_id" INT NOT NULL,
    "name" NVARCHAR(255),
    "_source_version" BIGINT,
    "_full" BIT,
    "_observed_at" DATETIME,
    "_extracted_at" DATETIME,
    "_mapping_hash" BIGINT,
    "_row_hash" BIGINT,
    "_loaded_at" DATETIME,
    "_run_id" NVARCHAR(100),
    PRIMARY KEY ("company_id")
);

CREATE TABLE "Language" (
    "code" NVARCHAR(20) NOT NULL,
    "name" NVARCHAR(100),
    "_source_version" BIGINT,
    "_full" BIT,
    "_observed_at" DATETIME,
    "_extracted_at" DATETIME,
    "_mapping_hash" BIGINT,
    "_row_hash" BIGINT,
    "_loaded_at" DATETIME,
    "_run_id" NVARCHAR(100),
    PRIMARY KEY ("code")
);

CREATE TABLE "Booking" (
    "booking_id" INT NOT NULL,
    "company_id" INT,
    "language_code" NVARCHAR(20),
    "status" NVARCHAR(50),
    "expected_start_date" DATETIME,
    "last_modified_date" DATETIME,
    "_source_version" BIGINT,
    "_full" BIT,
    "_observed_at" DATETIME,
    "_extracted_at" DATETIME,
    "_mapping_hash" BIGINT,
    "_row_hash" BIGINT,
    "_loaded_at" DATETIME,
    "_run_id" NVARCHAR(100),
    "_deleted_at" DATETIME,
    PRIMARY KEY ("booking_id"),
    FOREIGN KEY ("company_id") REFERENCES "Company" ("company_id"),
    FOREIGN KEY ("language_code") REFERENCES "Language" ("code")
);

CREATE INDEX "IX_Booking_company_id" ON "Booking" ("company_id");

CREATE INDEX "IX_Booking_language_code" ON "Booking" ("language_code");

CREATE INDEX "IX_Booking_status" ON "Booking" ("status");

CREATE INDEX "IX_Booking_expected_start_date" ON "Booking" ("expected_start_date");

CREATE TABLE "BookingRefs" (
    "booking_id" INT NOT NULL,
    "ref_id" INT NOT NULL,
    "name" NVARCHAR(100),
    "company_id" INT,
    "_source_version" BIGINT,
    "_full" BIT,
    "_observed_at" DATETIME,
    "_extracted_at" DATETIME,
    "_mapping_hash" BIGINT,
    "_row_hash" BIGINT,
    "_loaded_at" DATETIME,
    "_run_id" NVARCHAR(100),
    PRIMARY KEY ("booking_id", "ref_id"),
    FOREIGN KEY ("booking_id") REFERENCES "Booking" ("booking_id"),
    FOREIGN KEY ("company_id") REFERENCES "Company" ("company_id")
);

CREATE INDEX "IX_BookingRefs_company_id" ON "BookingRefs" ("company_id");

CREATE TABLE "BookingRequirements" (
    "booking_id" INT NOT NULL,
    "requirement_id" TEXT NOT NULL,
    "mandatory" BIT,
    "_source_version" BIGINT,
    "_full" BIT,
    "_observed_at" DATETIME,
    "_extracted_at" DATETIME,
    "_mapping_hash" BIGINT,
    "_row_hash" BIGINT,
    "_loaded_at" DATETIME,
    "_run_id" NVARCHAR(100),
    PRIMARY KEY ("booking_id", "requirement_id"),
    FOREIGN KEY ("booking_id") REFERENCES "Booking" ("booking_id")
);

CREATE TABLE "EnrichmentGap" (
    "booking_id" INT NOT NULL,
    "relation" NVARCHAR(100) NOT NULL,
    "gap_status" INT,
    "gap_reason" NVARCHAR(50),
    "_source_version" BIGINT,
    "_full" BIT,
    "_observed_at" DATETIME,
    "_extracted_at" DATETIME,
    "_mapping_hash" BIGINT,
    "_row_hash" BIGINT,
    "_loaded_at" DATETIME,
    "_run_id" NVARCHAR(100),
    PRIMARY KEY ("booking_id", "relation"),
    FOREIGN KEY ("booking_id") REFERENCES "Booking" ("booking_id")
);

CREATE TABLE "Office" (
    "office_id" INT NOT NULL,
    "head_id" INT,
    "_source_version" BIGINT,
    "_full" BIT,
    "_observed_at" DATETIME,
    "_extracted_at" DATETIME,
    "_mapping_hash" BIGINT,
    "_row_hash" BIGINT,
    "_loaded_at" DATETIME,
    "_run_id" NVARCHAR(100),
    PRIMARY KEY ("office_id"),
    FOREIGN KEY ("head_id") REFERENCES "Office" ("office_id") DEFERRABLE INITIALLY DEFERRED
);

CREATE INDEX "IX_Office_head_id" ON "Office" ("head_id");

CREATE TABLE "Rate" (
    "note" NVARCHAR(50),
    "plan_id" BIGINT NOT NULL,
    "code" NVARCHAR(20) NOT NULL,
    "_source_version" BIGINT,
    "_full" BIT,
    "_observed_at" DATETIME,
    "_extracted_at" DATETIME,
    "_mapping_hash" BIGINT,
    "_row_hash" BIGINT,
    "_loaded_at" DATETIME,
    "_run_id" NVARCHAR(100),
    PRIMARY KEY ("plan_id", "code")
);

CREATE TABLE "Sample" (
    "sample_id" INT NOT NULL,
    "an_int" INT,
    "a_bigint" BIGINT,
    "a_bit" BIT,
    "a_latitude" DECIMAL(9,6),
    "a_price" DECIMAL(15,2),
    "a_long_decimal" TEXT,
    "a_text" NVARCHAR(20),
    "a_long_text" TEXT,
    "a_datetime" DATETIME,
    "a_uuid" TEXT,
    "_source_version" BIGINT,
    "_full" BIT,
    "_observed_at" DATETIME,
    "_extracted_at" DATETIME,
    "_mapping_hash" BIGINT,
    "_row_hash" BIGINT,
    "_loaded_at" DATETIME,
    "_run_id" NVARCHAR(100),
    PRIMARY KEY ("sample_id")
);

CREATE TABLE "RejectedValue" (
    "table_name" NVARCHAR(128) NOT NULL,
    "row_key" NVARCHAR(400) NOT NULL,
    "column_name" NVARCHAR(128) NOT NULL,
    "value_hash" NVARCHAR(64) NOT NULL,
    "booking_id" BIGINT,
    "raw_value" TEXT,
    "reason" NVARCHAR(400),
    "column_type" NVARCHAR(50),
    "observed_at" DATETIME,
    "_loaded_at" DATETIME,
    "_run_id" NVARCHAR(100),
    PRIMARY KEY ("table_name", "row_key", "column_name", "value_hash")
);

CREATE INDEX "IX_RejectedValue_booking_id" ON "RejectedValue" ("booking_id");
