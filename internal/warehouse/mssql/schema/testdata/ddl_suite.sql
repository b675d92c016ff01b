CREATE TABLE dbo.[Company] (
    [company_id] INT NOT NULL,
    [name] NVARCHAR(255) NULL,
    [_source_version] BIGINT NULL,
    [_full] BIT NULL,
    [_observed_at] DATETIME2(6) NULL,
    [_extracted_at] DATETIME2(6) NULL,
    [_mapping_hash] BIGINT NULL,
    [_row_hash] BIGINT NULL,
    [_loaded_at] DATETIME2(6) NULL,
    [_run_id] NVARCHAR(100) NULL,
    CONSTRAINT [PK_Company] PRIMARY KEY ([company_id])
);

CREATE TABLE dbo.[Language] (
    [code] NVARCHAR(20) COLLATE Latin1_General_100_BIN2 NOT NULL,
    [name] NVARCHAR(100) NULL,
    [_source_version] BIGINT NULL,
    [_full] BIT NULL,
    [_observed_at] DATETIME2(6) NULL,
    [_extracted_at] DATETIME2(6) NULL,
    [_mapping_hash] BIGINT NULL,
    [_row_hash] BIGINT NULL,
    [_loaded_at] DATETIME2(6) NULL,
    [_run_id] NVARCHAR(100) NULL,
    CONSTRAINT [PK_Language] PRIMARY KEY ([code])
);

CREATE TABLE dbo.[Booking] (
    [booking_id] INT NOT NULL,
    [company_id] INT NULL,
    [language_code] NVARCHAR(20) COLLATE Latin1_General_100_BIN2 NULL,
    [status] NVARCHAR(50) NULL,
    [expected_start_date] DATETIME2(6) NULL,
    [last_modified_date] DATETIME2(6) NULL,
    [_source_version] BIGINT NULL,
    [_full] BIT NULL,
    [_observed_at] DATETIME2(6) NULL,
    [_extracted_at] DATETIME2(6) NULL,
    [_mapping_hash] BIGINT NULL,
    [_row_hash] BIGINT NULL,
    [_loaded_at] DATETIME2(6) NULL,
    [_run_id] NVARCHAR(100) NULL,
    [_deleted_at] DATETIME2(6) NULL,
    CONSTRAINT [PK_Booking] PRIMARY KEY ([booking_id]),
    CONSTRAINT [FK_Booking_company_id] FOREIGN KEY ([company_id]) REFERENCES dbo.[Company] ([company_id]),
    CONSTRAINT [FK_Booking_language_code] FOREIGN KEY ([language_code]) REFERENCES dbo.[Language] ([code])
);

CREATE INDEX [IX_Booking_company_id] ON dbo.[Booking] ([company_id]);

CREATE INDEX [IX_Booking_language_code] ON dbo.[Booking] ([language_code]);

CREATE INDEX [IX_Booking_status] ON dbo.[Booking] ([status]);

CREATE INDEX [IX_Booking_expected_start_date] ON dbo.[Booking] ([expected_start_date]);

CREATE TABLE dbo.[BookingRefs] (
    [booking_id] INT NOT NULL,
    [ref_id] INT NOT NULL,
    [name] NVARCHAR(100) NULL,
    [company_id] INT NULL,
    [_source_version] BIGINT NULL,
    [_full] BIT NULL,
    [_observed_at] DATETIME2(6) NULL,
    [_extracted_at] DATETIME2(6) NULL,
    [_mapping_hash] BIGINT NULL,
    [_row_hash] BIGINT NULL,
    [_loaded_at] DATETIME2(6) NULL,
    [_run_id] NVARCHAR(100) NULL,
    CONSTRAINT [PK_BookingRefs] PRIMARY KEY ([booking_id], [ref_id]),
    CONSTRAINT [FK_BookingRefs_booking_id] FOREIGN KEY ([booking_id]) REFERENCES dbo.[Booking] ([booking_id]),
    CONSTRAINT [FK_BookingRefs_company_id] FOREIGN KEY ([company_id]) REFERENCES dbo.[Company] ([company_id])
);

CREATE INDEX [IX_BookingRefs_company_id] ON dbo.[BookingRefs] ([company_id]);

CREATE TABLE dbo.[BookingRequirements] (
    [booking_id] INT NOT NULL,
    [requirement_id] UNIQUEIDENTIFIER NOT NULL,
    [mandatory] BIT NULL,
    [_source_version] BIGINT NULL,
    [_full] BIT NULL,
    [_observed_at] DATETIME2(6) NULL,
    [_extracted_at] DATETIME2(6) NULL,
    [_mapping_hash] BIGINT NULL,
    [_row_hash] BIGINT NULL,
    [_loaded_at] DATETIME2(6) NULL,
    [_run_id] NVARCHAR(100) NULL,
    CONSTRAINT [PK_BookingRequirements] PRIMARY KEY ([booking_id], [requirement_id]),
    CONSTRAINT [FK_BookingRequirements_booking_id] FOREIGN KEY ([booking_id]) REFERENCES dbo.[Booking] ([booking_id])
);

CREATE TABLE dbo.[EnrichmentGap] (
    [booking_id] INT NOT NULL,
    [relation] NVARCHAR(100) COLLATE Latin1_General_100_BIN2 NOT NULL,
    [gap_status] INT NULL,
    [gap_reason] NVARCHAR(50) NULL,
    [_source_version] BIGINT NULL,
    [_full] BIT NULL,
    [_observed_at] DATETIME2(6) NULL,
    [_extracted_at] DATETIME2(6) NULL,
    [_mapping_hash] BIGINT NULL,
    [_row_hash] BIGINT NULL,
    [_loaded_at] DATETIME2(6) NULL,
    [_run_id] NVARCHAR(100) NULL,
    CONSTRAINT [PK_EnrichmentGap] PRIMARY KEY ([booking_id], [relation]),
    CONSTRAINT [FK_EnrichmentGap_booking_id] FOREIGN KEY ([booking_id]) REFERENCES dbo.[Booking] ([booking_id])
);

CREATE TABLE dbo.[Office] (
    [office_id] INT NOT NULL,
    [head_id] INT NULL,
    [_source_version] BIGINT NULL,
    [_full] BIT NULL,
    [_observed_at] DATETIME2(6) NULL,
    [_extracted_at] DATETIME2(6) NULL,
    [_mapping_hash] BIGINT NULL,
    [_row_hash] BIGINT NULL,
    [_loaded_at] DATETIME2(6) NULL,
    [_run_id] NVARCHAR(100) NULL,
    CONSTRAINT [PK_Office] PRIMARY KEY ([office_id]),
    CONSTRAINT [FK_Office_head_id] FOREIGN KEY ([head_id]) REFERENCES dbo.[Office] ([office_id])
);

CREATE INDEX [IX_Office_head_id] ON dbo.[Office] ([head_id]);

CREATE TABLE dbo.[Rate] (
    [note] NVARCHAR(50) NULL,
    [plan_id] BIGINT NOT NULL,
    [code] NVARCHAR(20) COLLATE Latin1_General_100_BIN2 NOT NULL,
    [_source_version] BIGINT NULL,
    [_full] BIT NULL,
    [_observed_at] DATETIME2(6) NULL,
    [_extracted_at] DATETIME2(6) NULL,
    [_mapping_hash] BIGINT NULL,
    [_row_hash] BIGINT NULL,
    [_loaded_at] DATETIME2(6) NULL,
    [_run_id] NVARCHAR(100) NULL,
    CONSTRAINT [PK_Rate] PRIMARY KEY ([plan_id], [code])
);

CREATE TABLE dbo.[Sample] (
    [sample_id] INT NOT NULL,
    [an_int] INT NULL,
    [a_bigint] BIGINT NULL,
    [a_bit] BIT NULL,
    [a_latitude] DECIMAL(9,6) NULL,
    [a_price] DECIMAL(15,2) NULL,
    [a_long_decimal] DECIMAL(38,10) NULL,
    [a_text] NVARCHAR(20) NULL,
    [a_long_text] NVARCHAR(MAX) NULL,
    [a_datetime] DATETIME2(6) NULL,
    [a_uuid] UNIQUEIDENTIFIER NULL,
    [_source_version] BIGINT NULL,
    [_full] BIT NULL,
    [_observed_at] DATETIME2(6) NULL,
    [_extracted_at] DATETIME2(6) NULL,
    [_mapping_hash] BIGINT NULL,
    [_row_hash] BIGINT NULL,
    [_loaded_at] DATETIME2(6) NULL,
    [_run_id] NVARCHAR(100) NULL,
    CONSTRAINT [PK_Sample] PRIMARY KEY ([sample_id])
);

CREATE TABLE dbo.[RejectedValue] (
    [table_name] NVARCHAR(128) COLLATE Latin1_General_100_BIN2 NOT NULL,
    [row_key] NVARCHAR(400) COLLATE Latin1_General_100_BIN2 NOT NULL,
    [column_name] NVARCHAR(128) COLLATE Latin1_General_100_BIN2 NOT NULL,
    [value_hash] NVARCHAR(64) COLLATE Latin1_General_100_BIN2 NOT NULL,
    [booking_id] BIGINT NULL,
    [raw_value] NVARCHAR(MAX) NULL,
    [reason] NVARCHAR(400) NULL,
    [column_type] NVARCHAR(50) NULL,
    [observed_at] DATETIME2(6) NULL,
    [_loaded_at] DATETIME2(6) NULL,
    [_run_id] NVARCHAR(100) NULL,
    CONSTRAINT [PK_RejectedValue] PRIMARY KEY NONCLUSTERED ([table_name], [row_key], [column_name], [value_hash])
);

CREATE INDEX [IX_RejectedValue_booking_id] ON dbo.[RejectedValue] ([booking_id]);
