-- session
SET XACT_ABORT ON; SET LOCK_TIMEOUT 30000

-- session
CREATE TABLE #shared_int ([t] INT NOT NULL, [n] INT NOT NULL, [k] INT NOT NULL); CREATE TABLE #shared_bigint ([t] INT NOT NULL, [n] INT NOT NULL, [k] BIGINT NOT NULL)

-- transaction
IF @@TRANCOUNT > 0 ROLLBACK TRANSACTION; BEGIN TRANSACTION

-- transaction
SET NOCOUNT ON;
DECLARE @answer INT;
EXEC @answer = sp_getapplock @Resource = N'mcis load', @LockMode = 'Exclusive', @LockOwner = 'Transaction', @LockTimeout = 30000;
SELECT @answer

-- Company: staging
SELECT TOP 0 CAST(0 AS INT) AS [_action], t.[company_id] AS [company_id], t.[name] AS [name], t.[_source_version] AS [_source_version], t.[_full] AS [_full], t.[_observed_at] AS [_observed_at], t.[_extracted_at] AS [_extracted_at], t.[_mapping_hash] AS [_mapping_hash], t.[_row_hash] AS [_row_hash], t.[_loaded_at] AS [_loaded_at], t.[_run_id] AS [_run_id] INTO [#rows_Company] FROM dbo.[Company] AS t

-- Company: lookup
SELECT k.[n], t.[_source_version], t.[_full], t.[_observed_at], t.[_extracted_at], t.[_mapping_hash], t.[_row_hash], t.[_loaded_at], CAST(NULL AS DATETIME2(6))
FROM [#shared_int] AS k INNER LOOP JOIN dbo.[Company] AS t WITH (UPDLOCK, SERIALIZABLE) ON t.[company_id] = k.[k] WHERE k.[t] = 0

-- Company: rows that change, move their stamp, or are new
SET NOCOUNT ON;
DECLARE @updated INT = 0, @stamped INT = 0, @unmarked INT = 0, @inserted INT = 0;
UPDATE t SET [name] = s.[name], [_source_version] = s.[_source_version], [_full] = s.[_full], [_observed_at] = s.[_observed_at], [_extracted_at] = s.[_extracted_at], [_mapping_hash] = s.[_mapping_hash], [_row_hash] = s.[_row_hash], [_loaded_at] = s.[_loaded_at], [_run_id] = s.[_run_id]
FROM [#rows_Company] AS s INNER LOOP JOIN dbo.[Company] AS t WITH (UPDLOCK, SERIALIZABLE) ON t.[company_id] = s.[company_id]
WHERE s.[_action] = 2;
SET @updated = @@ROWCOUNT;
UPDATE t SET [_source_version] = s.[_source_version], [_full] = s.[_full], [_observed_at] = s.[_observed_at], [_extracted_at] = s.[_extracted_at], [_mapping_hash] = s.[_mapping_hash]
FROM [#rows_Company] AS s INNER LOOP JOIN dbo.[Company] AS t WITH (UPDLOCK, SERIALIZABLE) ON t.[company_id] = s.[company_id]
WHERE s.[_action] = 3;
SET @stamped = @@ROWCOUNT;
INSERT INTO dbo.[Company] ([company_id], [name], [_source_version], [_full], [_observed_at], [_extracted_at], [_mapping_hash], [_row_hash], [_loaded_at], [_run_id])
SELECT s.[company_id], s.[name], s.[_source_version], s.[_full], s.[_observed_at], s.[_extracted_at], s.[_mapping_hash], s.[_row_hash], s.[_loaded_at], s.[_run_id] FROM [#rows_Company] AS s
WHERE s.[_action] = 1 AND NOT EXISTS (SELECT 1 FROM dbo.[Company] AS t WITH (UPDLOCK, SERIALIZABLE) WHERE t.[company_id] = s.[company_id])
OPTION (LOOP JOIN);
SET @inserted = @@ROWCOUNT;
TRUNCATE TABLE [#rows_Company];
SELECT @updated, @stamped, @unmarked, @inserted

-- Company: of another mapping
DROP TABLE [#rows_Company]

-- Language: staging
SELECT TOP 0 CAST(0 AS INT) AS [_action], t.[code] AS [code], t.[name] AS [name], t.[_source_version] AS [_source_version], t.[_full] AS [_full], t.[_observed_at] AS [_observed_at], t.[_extracted_at] AS [_extracted_at], t.[_mapping_hash] AS [_mapping_hash], t.[_row_hash] AS [_row_hash], t.[_loaded_at] AS [_loaded_at], t.[_run_id] AS [_run_id] INTO [#rows_Language] FROM dbo.[Language] AS t;
SELECT TOP 0 CAST(0 AS INT) AS [n], t.[code] AS [code] INTO [#keys_Language] FROM dbo.[Language] AS t

-- Language: lookup
SELECT k.[n], t.[_source_version], t.[_full], t.[_observed_at], t.[_extracted_at], t.[_mapping_hash], t.[_row_hash], t.[_loaded_at], CAST(NULL AS DATETIME2(6))
FROM [#keys_Language] AS k INNER LOOP JOIN dbo.[Language] AS t WITH (UPDLOCK, SERIALIZABLE) ON t.[code] = k.[code]

-- Language: rows that change, move their stamp, or are new
SET NOCOUNT ON;
DECLARE @updated INT = 0, @stamped INT = 0, @unmarked INT = 0, @inserted INT = 0;
UPDATE t SET [name] = s.[name], [_source_version] = s.[_source_version], [_full] = s.[_full], [_observed_at] = s.[_observed_at], [_extracted_at] = s.[_extracted_at], [_mapping_hash] = s.[_mapping_hash], [_row_hash] = s.[_row_hash], [_loaded_at] = s.[_loaded_at], [_run_id] = s.[_run_id]
FROM [#rows_Language] AS s INNER LOOP JOIN dbo.[Language] AS t WITH (UPDLOCK, SERIALIZABLE) ON t.[code] = s.[code]
WHERE s.[_action] = 2;
SET @updated = @@ROWCOUNT;
UPDATE t SET [_source_version] = s.[_source_version], [_full] = s.[_full], [_observed_at] = s.[_observed_at], [_extracted_at] = s.[_extracted_at], [_mapping_hash] = s.[_mapping_hash]
FROM [#rows_Language] AS s INNER LOOP JOIN dbo.[Language] AS t WITH (UPDLOCK, SERIALIZABLE) ON t.[code] = s.[code]
WHERE s.[_action] = 3;
SET @stamped = @@ROWCOUNT;
INSERT INTO dbo.[Language] ([code], [name], [_source_version], [_full], [_observed_at], [_extracted_at], [_mapping_hash], [_row_hash], [_loaded_at], [_run_id])
SELECT s.[code], s.[name], s.[_source_version], s.[_full], s.[_observed_at], s.[_extracted_at], s.[_mapping_hash], s.[_row_hash], s.[_loaded_at], s.[_run_id] FROM [#rows_Language] AS s
WHERE s.[_action] = 1 AND NOT EXISTS (SELECT 1 FROM dbo.[Language] AS t WITH (UPDLOCK, SERIALIZABLE) WHERE t.[code] = s.[code])
OPTION (LOOP JOIN);
SET @inserted = @@ROWCOUNT;
TRUNCATE TABLE [#rows_Language];
SELECT @updated, @stamped, @unmarked, @inserted

-- Language: of another mapping
DROP TABLE [#rows_Language]; DROP TABLE [#keys_Language]

-- Booking: staging
SELECT TOP 0 CAST(0 AS INT) AS [_action], t.[booking_id] AS [booking_id], t.[company_id] AS [company_id], t.[language_code] AS [language_code], t.[status] AS [status], t.[expected_start_date] AS [expected_start_date], t.[last_modified_date] AS [last_modified_date], t.[_source_version] AS [_source_version], t.[_full] AS [_full], t.[_observed_at] AS [_observed_at], t.[_extracted_at] AS [_extracted_at], t.[_mapping_hash] AS [_mapping_hash], t.[_row_hash] AS [_row_hash], t.[_loaded_at] AS [_loaded_at], t.[_run_id] AS [_run_id], t.[_deleted_at] AS [_deleted_at] INTO [#rows_Booking] FROM dbo.[Booking] AS t

-- Booking: lookup
SELECT k.[n], t.[_source_version], t.[_full], t.[_observed_at], t.[_extracted_at], t.[_mapping_hash], t.[_row_hash], t.[_loaded_at], t.[_deleted_at]
FROM [#shared_int] AS k INNER LOOP JOIN dbo.[Booking] AS t WITH (UPDLOCK, SERIALIZABLE) ON t.[booking_id] = k.[k] WHERE k.[t] = 2

-- Booking: rows that change, move their stamp, or are new
SET NOCOUNT ON;
DECLARE @updated INT = 0, @stamped INT = 0, @unmarked INT = 0, @inserted INT = 0;
UPDATE t SET [company_id] = s.[company_id], [language_code] = s.[language_code], [status] = s.[status], [expected_start_date] = s.[expected_start_date], [last_modified_date] = s.[last_modified_date], [_source_version] = s.[_source_version], [_full] = s.[_full], [_observed_at] = s.[_observed_at], [_extracted_at] = s.[_extracted_at], [_mapping_hash] = s.[_mapping_hash], [_row_hash] = s.[_row_hash], [_loaded_at] = s.[_loaded_at], [_run_id] = s.[_run_id], [_deleted_at] = s.[_deleted_at]
FROM [#rows_Booking] AS s INNER LOOP JOIN dbo.[Booking] AS t WITH (UPDLOCK, SERIALIZABLE) ON t.[booking_id] = s.[booking_id]
WHERE s.[_action] = 2;
SET @updated = @@ROWCOUNT;
UPDATE t SET [_source_version] = s.[_source_version], [_full] = s.[_full], [_observed_at] = s.[_observed_at], [_extracted_at] = s.[_extracted_at], [_mapping_hash] = s.[_mapping_hash]
FROM [#rows_Booking] AS s INNER LOOP JOIN dbo.[Booking] AS t WITH (UPDLOCK, SERIALIZABLE) ON t.[booking_id] = s.[booking_id]
WHERE s.[_action] = 3;
SET @stamped = @@ROWCOUNT;
UPDATE t SET [_loaded_at] = s.[_loaded_at], [_run_id] = s.[_run_id], [_deleted_at] = s.[_deleted_at]
FROM [#rows_Booking] AS s INNER LOOP JOIN dbo.[Booking] AS t WITH (UPDLOCK, SERIALIZABLE) ON t.[booking_id] = s.[booking_id]
WHERE s.[_action] = 4;
SET @unmarked = @@ROWCOUNT;
INSERT INTO dbo.[Booking] ([booking_id], [company_id], [language_code], [status], [expected_start_date], [last_modified_date], [_source_version], [_full], [_observed_at], [_extracted_at], [_mapping_hash], [_row_hash], [_loaded_at], [_run_id], [_deleted_at])
SELECT s.[booking_id], s.[company_id], s.[language_code], s.[status], s.[expected_start_date], s.[last_modified_date], s.[_source_version], s.[_full], s.[_observed_at], s.[_extracted_at], s.[_mapping_hash], s.[_row_hash], s.[_loaded_at], s.[_run_id], s.[_deleted_at] FROM [#rows_Booking] AS s
WHERE s.[_action] = 1 AND NOT EXISTS (SELECT 1 FROM dbo.[Booking] AS t WITH (UPDLOCK, SERIALIZABLE) WHERE t.[booking_id] = s.[booking_id])
OPTION (LOOP JOIN);
SET @inserted = @@ROWCOUNT;
TRUNCATE TABLE [#rows_Booking];
SELECT @updated, @stamped, @unmarked, @inserted

-- Booking: of another mapping
DROP TABLE [#rows_Booking]

-- BookingRefs: staging
SELECT TOP 0 CAST(0 AS INT) AS [_action], t.[booking_id] AS [booking_id], t.[ref_id] AS [ref_id], t.[name] AS [name], t.[company_id] AS [company_id], t.[_source_version] AS [_source_version], t.[_full] AS [_full], t.[_observed_at] AS [_observed_at], t.[_extracted_at] AS [_extracted_at], t.[_mapping_hash] AS [_mapping_hash], t.[_row_hash] AS [_row_hash], t.[_loaded_at] AS [_loaded_at], t.[_run_id] AS [_run_id] INTO [#rows_BookingRefs] FROM dbo.[BookingRefs] AS t;
SELECT TOP 0 CAST(0 AS INT) AS [n], t.[booking_id] AS [booking_id], t.[ref_id] AS [ref_id] INTO [#keys_BookingRefs] FROM dbo.[BookingRefs] AS t;
SELECT TOP 0 CAST(0 AS INT) AS [n], t.[booking_id] AS [booking_id] INTO [#parents_BookingRefs] FROM dbo.[BookingRefs] AS t

-- BookingRefs: lookup
SELECT k.[n], t.[_source_version], t.[_full], t.[_observed_at], t.[_extracted_at], t.[_mapping_hash], t.[_row_hash], t.[_loaded_at], CAST(NULL AS DATETIME2(6))
FROM [#keys_BookingRefs] AS k INNER LOOP JOIN dbo.[BookingRefs] AS t WITH (UPDLOCK, SERIALIZABLE) ON t.[booking_id] = k.[booking_id] AND t.[ref_id] = k.[ref_id]

-- BookingRefs: surplus children
SET NOCOUNT ON;
DELETE t FROM [#parents_BookingRefs] AS p INNER LOOP JOIN dbo.[BookingRefs] AS t WITH (UPDLOCK, SERIALIZABLE) ON t.[booking_id] = p.[booking_id]
WHERE NOT EXISTS (SELECT 1 FROM [#keys_BookingRefs] AS k WHERE k.[booking_id] = t.[booking_id] AND k.[ref_id] = t.[ref_id]);
SELECT @@ROWCOUNT

-- BookingRefs: rows that change, move their stamp, or are new
SET NOCOUNT ON;
DECLARE @updated INT = 0, @stamped INT = 0, @unmarked INT = 0, @inserted INT = 0;
UPDATE t SET [name] = s.[name], [company_id] = s.[company_id], [_source_version] = s.[_source_version], [_full] = s.[_full], [_observed_at] = s.[_observed_at], [_extracted_at] = s.[_extracted_at], [_mapping_hash] = s.[_mapping_hash], [_row_hash] = s.[_row_hash], [_loaded_at] = s.[_loaded_at], [_run_id] = s.[_run_id]
FROM [#rows_BookingRefs] AS s INNER LOOP JOIN dbo.[BookingRefs] AS t WITH (UPDLOCK, SERIALIZABLE) ON t.[booking_id] = s.[booking_id] AND t.[ref_id] = s.[ref_id]
WHERE s.[_action] = 2;
SET @updated = @@ROWCOUNT;
UPDATE t SET [_source_version] = s.[_source_version], [_full] = s.[_full], [_observed_at] = s.[_observed_at], [_extracted_at] = s.[_extracted_at], [_mapping_hash] = s.[_mapping_hash]
FROM [#rows_BookingRefs] AS s INNER LOOP JOIN dbo.[BookingRefs] AS t WITH (UPDLOCK, SERIALIZABLE) ON t.[booking_id] = s.[booking_id] AND t.[ref_id] = s.[ref_id]
WHERE s.[_action] = 3;
SET @stamped = @@ROWCOUNT;
INSERT INTO dbo.[BookingRefs] ([booking_id], [ref_id], [name], [company_id], [_source_version], [_full], [_observed_at], [_extracted_at], [_mapping_hash], [_row_hash], [_loaded_at], [_run_id])
SELECT s.[booking_id], s.[ref_id], s.[name], s.[company_id], s.[_source_version], s.[_full], s.[_observed_at], s.[_extracted_at], s.[_mapping_hash], s.[_row_hash], s.[_loaded_at], s.[_run_id] FROM [#rows_BookingRefs] AS s
WHERE s.[_action] = 1 AND NOT EXISTS (SELECT 1 FROM dbo.[BookingRefs] AS t WITH (UPDLOCK, SERIALIZABLE) WHERE t.[booking_id] = s.[booking_id] AND t.[ref_id] = s.[ref_id])
OPTION (LOOP JOIN);
SET @inserted = @@ROWCOUNT;
TRUNCATE TABLE [#rows_BookingRefs];
SELECT @updated, @stamped, @unmarked, @inserted

-- BookingRefs: of another mapping
DROP TABLE [#rows_BookingRefs]; DROP TABLE [#keys_BookingRefs]; DROP TABLE [#parents_BookingRefs]

-- BookingRequirements: staging
SELECT TOP 0 CAST(0 AS INT) AS [_action], t.[booking_id] AS [booking_id], t.[requirement_id] AS [requirement_id], t.[mandatory] AS [mandatory], t.[_source_version] AS [_source_version], t.[_full] AS [_full], t.[_observed_at] AS [_observed_at], t.[_extracted_at] AS [_extracted_at], t.[_mapping_hash] AS [_mapping_hash], t.[_row_hash] AS [_row_hash], t.[_loaded_at] AS [_loaded_at], t.[_run_id] AS [_run_id] INTO [#rows_BookingRequirements] FROM dbo.[BookingRequirements] AS t;
SELECT TOP 0 CAST(0 AS INT) AS [n], t.[booking_id] AS [booking_id], t.[requirement_id] AS [requirement_id] INTO [#keys_BookingRequirements] FROM dbo.[BookingRequirements] AS t;
SELECT TOP 0 CAST(0 AS INT) AS [n], t.[booking_id] AS [booking_id] INTO [#parents_BookingRequirements] FROM dbo.[BookingRequirements] AS t

-- BookingRequirements: lookup
SELECT k.[n], t.[_source_version], t.[_full], t.[_observed_at], t.[_extracted_at], t.[_mapping_hash], t.[_row_hash], t.[_loaded_at], CAST(NULL AS DATETIME2(6))
FROM [#keys_BookingRequirements] AS k INNER LOOP JOIN dbo.[BookingRequirements] AS t WITH (UPDLOCK, SERIALIZABLE) ON t.[booking_id] = k.[booking_id] AND t.[requirement_id] = k.[requirement_id]

-- BookingRequirements: surplus children
SET NOCOUNT ON;
DELETE t FROM [#parents_BookingRequirements] AS p INNER LOOP JOIN dbo.[BookingRequirements] AS t WITH (UPDLOCK, SERIALIZABLE) ON t.[booking_id] = p.[booking_id]
WHERE NOT EXISTS (SELECT 1 FROM [#keys_BookingRequirements] AS k WHERE k.[booking_id] = t.[booking_id] AND k.[requirement_id] = t.[requirement_id]);
SELECT @@ROWCOUNT

-- BookingRequirements: rows that change, move their stamp, or are new
SET NOCOUNT ON;
DECLARE @updated INT = 0, @stamped INT = 0, @unmarked INT = 0, @inserted INT = 0;
UPDATE t SET [mandatory] = s.[mandatory], [_source_version] = s.[_source_version], [_full] = s.[_full], [_observed_at] = s.[_observed_at], [_extracted_at] = s.[_extracted_at], [_mapping_hash] = s.[_mapping_hash], [_row_hash] = s.[_row_hash], [_loaded_at] = s.[_loaded_at], [_run_id] = s.[_run_id]
FROM [#rows_BookingRequirements] AS s INNER LOOP JOIN dbo.[BookingRequirements] AS t WITH (UPDLOCK, SERIALIZABLE) ON t.[booking_id] = s.[booking_id] AND t.[requirement_id] = s.[requirement_id]
WHERE s.[_action] = 2;
SET @updated = @@ROWCOUNT;
UPDATE t SET [_source_version] = s.[_source_version], [_full] = s.[_full], [_observed_at] = s.[_observed_at], [_extracted_at] = s.[_extracted_at], [_mapping_hash] = s.[_mapping_hash]
FROM [#rows_BookingRequirements] AS s INNER LOOP JOIN dbo.[BookingRequirements] AS t WITH (UPDLOCK, SERIALIZABLE) ON t.[booking_id] = s.[booking_id] AND t.[requirement_id] = s.[requirement_id]
WHERE s.[_action] = 3;
SET @stamped = @@ROWCOUNT;
INSERT INTO dbo.[BookingRequirements] ([booking_id], [requirement_id], [mandatory], [_source_version], [_full], [_observed_at], [_extracted_at], [_mapping_hash], [_row_hash], [_loaded_at], [_run_id])
SELECT s.[booking_id], s.[requirement_id], s.[mandatory], s.[_source_version], s.[_full], s.[_observed_at], s.[_extracted_at], s.[_mapping_hash], s.[_row_hash], s.[_loaded_at], s.[_run_id] FROM [#rows_BookingRequirements] AS s
WHERE s.[_action] = 1 AND NOT EXISTS (SELECT 1 FROM dbo.[BookingRequirements] AS t WITH (UPDLOCK, SERIALIZABLE) WHERE t.[booking_id] = s.[booking_id] AND t.[requirement_id] = s.[requirement_id])
OPTION (LOOP JOIN);
SET @inserted = @@ROWCOUNT;
TRUNCATE TABLE [#rows_BookingRequirements];
SELECT @updated, @stamped, @unmarked, @inserted

-- BookingRequirements: of another mapping
DROP TABLE [#rows_BookingRequirements]; DROP TABLE [#keys_BookingRequirements]; DROP TABLE [#parents_BookingRequirements]

-- EnrichmentGap: staging
SELECT TOP 0 CAST(0 AS INT) AS [_action], t.[booking_id] AS [booking_id], t.[relation] AS [relation], t.[gap_status] AS [gap_status], t.[gap_reason] AS [gap_reason], t.[_source_version] AS [_source_version], t.[_full] AS [_full], t.[_observed_at] AS [_observed_at], t.[_extracted_at] AS [_extracted_at], t.[_mapping_hash] AS [_mapping_hash], t.[_row_hash] AS [_row_hash], t.[_loaded_at] AS [_loaded_at], t.[_run_id] AS [_run_id] INTO [#rows_EnrichmentGap] FROM dbo.[EnrichmentGap] AS t;
SELECT TOP 0 CAST(0 AS INT) AS [n], t.[booking_id] AS [booking_id], t.[relation] AS [relation] INTO [#keys_EnrichmentGap] FROM dbo.[EnrichmentGap] AS t;
SELECT TOP 0 CAST(0 AS INT) AS [n], t.[booking_id] AS [booking_id] INTO [#parents_EnrichmentGap] FROM dbo.[EnrichmentGap] AS t

-- EnrichmentGap: lookup
SELECT k.[n], t.[_source_version], t.[_full], t.[_observed_at], t.[_extracted_at], t.[_mapping_hash], t.[_row_hash], t.[_loaded_at], CAST(NULL AS DATETIME2(6))
FROM [#keys_EnrichmentGap] AS k INNER LOOP JOIN dbo.[EnrichmentGap] AS t WITH (UPDLOCK, SERIALIZABLE) ON t.[booking_id] = k.[booking_id] AND t.[relation] = k.[relation]

-- EnrichmentGap: surplus children
SET NOCOUNT ON;
DELETE t FROM [#parents_EnrichmentGap] AS p INNER LOOP JOIN dbo.[EnrichmentGap] AS t WITH (UPDLOCK, SERIALIZABLE) ON t.[booking_id] = p.[booking_id]
WHERE NOT EXISTS (SELECT 1 FROM [#keys_EnrichmentGap] AS k WHERE k.[booking_id] = t.[booking_id] AND k.[relation] = t.[relation]);
SELECT @@ROWCOUNT

-- EnrichmentGap: rows that change, move their stamp, or are new
SET NOCOUNT ON;
DECLARE @updated INT = 0, @stamped INT = 0, @unmarked INT = 0, @inserted INT = 0;
UPDATE t SET [gap_status] = s.[gap_status], [gap_reason] = s.[gap_reason], [_source_version] = s.[_source_version], [_full] = s.[_full], [_observed_at] = s.[_observed_at], [_extracted_at] = s.[_extracted_at], [_mapping_hash] = s.[_mapping_hash], [_row_hash] = s.[_row_hash], [_loaded_at] = s.[_loaded_at], [_run_id] = s.[_run_id]
FROM [#rows_EnrichmentGap] AS s INNER LOOP JOIN dbo.[EnrichmentGap] AS t WITH (UPDLOCK, SERIALIZABLE) ON t.[booking_id] = s.[booking_id] AND t.[relation] = s.[relation]
WHERE s.[_action] = 2;
SET @updated = @@ROWCOUNT;
UPDATE t SET [_source_version] = s.[_source_version], [_full] = s.[_full], [_observed_at] = s.[_observed_at], [_extracted_at] = s.[_extracted_at], [_mapping_hash] = s.[_mapping_hash]
FROM [#rows_EnrichmentGap] AS s INNER LOOP JOIN dbo.[EnrichmentGap] AS t WITH (UPDLOCK, SERIALIZABLE) ON t.[booking_id] = s.[booking_id] AND t.[relation] = s.[relation]
WHERE s.[_action] = 3;
SET @stamped = @@ROWCOUNT;
INSERT INTO dbo.[EnrichmentGap] ([booking_id], [relation], [gap_status], [gap_reason], [_source_version], [_full], [_observed_at], [_extracted_at], [_mapping_hash], [_row_hash], [_loaded_at], [_run_id])
SELECT s.[booking_id], s.[relation], s.[gap_status], s.[gap_reason], s.[_source_version], s.[_full], s.[_observed_at], s.[_extracted_at], s.[_mapping_hash], s.[_row_hash], s.[_loaded_at], s.[_run_id] FROM [#rows_EnrichmentGap] AS s
WHERE s.[_action] = 1 AND NOT EXISTS (SELECT 1 FROM dbo.[EnrichmentGap] AS t WITH (UPDLOCK, SERIALIZABLE) WHERE t.[booking_id] = s.[booking_id] AND t.[relation] = s.[relation])
OPTION (LOOP JOIN);
SET @inserted = @@ROWCOUNT;
TRUNCATE TABLE [#rows_EnrichmentGap];
SELECT @updated, @stamped, @unmarked, @inserted

-- EnrichmentGap: of another mapping
DROP TABLE [#rows_EnrichmentGap]; DROP TABLE [#keys_EnrichmentGap]; DROP TABLE [#parents_EnrichmentGap]

-- Office: staging
SELECT TOP 0 CAST(0 AS INT) AS [_action], t.[office_id] AS [office_id], t.[head_id] AS [head_id], t.[_source_version] AS [_source_version], t.[_full] AS [_full], t.[_observed_at] AS [_observed_at], t.[_extracted_at] AS [_extracted_at], t.[_mapping_hash] AS [_mapping_hash], t.[_row_hash] AS [_row_hash], t.[_loaded_at] AS [_loaded_at], t.[_run_id] AS [_run_id] INTO [#rows_Office] FROM dbo.[Office] AS t

-- Office: lookup
SELECT k.[n], t.[_source_version], t.[_full], t.[_observed_at], t.[_extracted_at], t.[_mapping_hash], t.[_row_hash], t.[_loaded_at], CAST(NULL AS DATETIME2(6))
FROM [#shared_int] AS k INNER LOOP JOIN dbo.[Office] AS t WITH (UPDLOCK, SERIALIZABLE) ON t.[office_id] = k.[k] WHERE k.[t] = 6

-- Office: rows that change, move their stamp, or are new
SET NOCOUNT ON;
DECLARE @updated INT = 0, @stamped INT = 0, @unmarked INT = 0, @inserted INT = 0;
INSERT INTO dbo.[Office] ([office_id], [head_id], [_source_version], [_full], [_observed_at], [_extracted_at], [_mapping_hash], [_row_hash], [_loaded_at], [_run_id])
SELECT s.[office_id], s.[head_id], s.[_source_version], s.[_full], s.[_observed_at], s.[_extracted_at], s.[_mapping_hash], s.[_row_hash], s.[_loaded_at], s.[_run_id] FROM [#rows_Office] AS s
WHERE s.[_action] = 1 AND NOT EXISTS (SELECT 1 FROM dbo.[Office] AS t WITH (UPDLOCK, SERIALIZABLE) WHERE t.[office_id] = s.[office_id])
OPTION (LOOP JOIN);
SET @inserted = @@ROWCOUNT;
UPDATE t SET [head_id] = s.[head_id], [_source_version] = s.[_source_version], [_full] = s.[_full], [_observed_at] = s.[_observed_at], [_extracted_at] = s.[_extracted_at], [_mapping_hash] = s.[_mapping_hash], [_row_hash] = s.[_row_hash], [_loaded_at] = s.[_loaded_at], [_run_id] = s.[_run_id]
FROM [#rows_Office] AS s INNER LOOP JOIN dbo.[Office] AS t WITH (UPDLOCK, SERIALIZABLE) ON t.[office_id] = s.[office_id]
WHERE s.[_action] = 2;
SET @updated = @@ROWCOUNT;
UPDATE t SET [_source_version] = s.[_source_version], [_full] = s.[_full], [_observed_at] = s.[_observed_at], [_extracted_at] = s.[_extracted_at], [_mapping_hash] = s.[_mapping_hash]
FROM [#rows_Office] AS s INNER LOOP JOIN dbo.[Office] AS t WITH (UPDLOCK, SERIALIZABLE) ON t.[office_id] = s.[office_id]
WHERE s.[_action] = 3;
SET @stamped = @@ROWCOUNT;
TRUNCATE TABLE [#rows_Office];
SELECT @updated, @stamped, @unmarked, @inserted

-- Office: of another mapping
DROP TABLE [#rows_Office]

-- Rate: staging
SELECT TOP 0 CAST(0 AS INT) AS [_action], t.[note] AS [note], t.[plan_id] AS [plan_id], t.[code] AS [code], t.[_source_version] AS [_source_version], t.[_full] AS [_full], t.[_observed_at] AS [_observed_at], t.[_extracted_at] AS [_extracted_at], t.[_mapping_hash] AS [_mapping_hash], t.[_row_hash] AS [_row_hash], t.[_loaded_at] AS [_loaded_at], t.[_run_id] AS [_run_id] INTO [#rows_Rate] FROM dbo.[Rate] AS t;
SELECT TOP 0 CAST(0 AS INT) AS [n], t.[plan_id] AS [plan_id], t.[code] AS [code] INTO [#keys_Rate] FROM dbo.[Rate] AS t

-- Rate: lookup
SELECT k.[n], t.[_source_version], t.[_full], t.[_observed_at], t.[_extracted_at], t.[_mapping_hash], t.[_row_hash], t.[_loaded_at], CAST(NULL AS DATETIME2(6))
FROM [#keys_Rate] AS k INNER LOOP JOIN dbo.[Rate] AS t WITH (UPDLOCK, SERIALIZABLE) ON t.[plan_id] = k.[plan_id] AND t.[code] = k.[code]

-- Rate: rows that change, move their stamp, or are new
SET NOCOUNT ON;
DECLARE @updated INT = 0, @stamped INT = 0, @unmarked INT = 0, @inserted INT = 0;
UPDATE t SET [note] = s.[note], [_source_version] = s.[_source_version], [_full] = s.[_full], [_observed_at] = s.[_observed_at], [_extracted_at] = s.[_extracted_at], [_mapping_hash] = s.[_mapping_hash], [_row_hash] = s.[_row_hash], [_loaded_at] = s.[_loaded_at], [_run_id] = s.[_run_id]
FROM [#rows_Rate] AS s INNER LOOP JOIN dbo.[Rate] AS t WITH (UPDLOCK, SERIALIZABLE) ON t.[plan_id] = s.[plan_id] AND t.[code] = s.[code]
WHERE s.[_action] = 2;
SET @updated = @@ROWCOUNT;
UPDATE t SET [_source_version] = s.[_source_version], [_full] = s.[_full], [_observed_at] = s.[_observed_at], [_extracted_at] = s.[_extracted_at], [_mapping_hash] = s.[_mapping_hash]
FROM [#rows_Rate] AS s INNER LOOP JOIN dbo.[Rate] AS t WITH (UPDLOCK, SERIALIZABLE) ON t.[plan_id] = s.[plan_id] AND t.[code] = s.[code]
WHERE s.[_action] = 3;
SET @stamped = @@ROWCOUNT;
INSERT INTO dbo.[Rate] ([note], [plan_id], [code], [_source_version], [_full], [_observed_at], [_extracted_at], [_mapping_hash], [_row_hash], [_loaded_at], [_run_id])
SELECT s.[note], s.[plan_id], s.[code], s.[_source_version], s.[_full], s.[_observed_at], s.[_extracted_at], s.[_mapping_hash], s.[_row_hash], s.[_loaded_at], s.[_run_id] FROM [#rows_Rate] AS s
WHERE s.[_action] = 1 AND NOT EXISTS (SELECT 1 FROM dbo.[Rate] AS t WITH (UPDLOCK, SERIALIZABLE) WHERE t.[plan_id] = s.[plan_id] AND t.[code] = s.[code])
OPTION (LOOP JOIN);
SET @inserted = @@ROWCOUNT;
TRUNCATE TABLE [#rows_Rate];
SELECT @updated, @stamped, @unmarked, @inserted

-- Rate: of another mapping
DROP TABLE [#rows_Rate]; DROP TABLE [#keys_Rate]

-- Sample: staging
SELECT TOP 0 CAST(0 AS INT) AS [_action], t.[sample_id] AS [sample_id], t.[an_int] AS [an_int], t.[a_bigint] AS [a_bigint], t.[a_bit] AS [a_bit], t.[a_latitude] AS [a_latitude], t.[a_price] AS [a_price], t.[a_long_decimal] AS [a_long_decimal], t.[a_text] AS [a_text], t.[a_long_text] AS [a_long_text], t.[a_datetime] AS [a_datetime], t.[a_uuid] AS [a_uuid], t.[_source_version] AS [_source_version], t.[_full] AS [_full], t.[_observed_at] AS [_observed_at], t.[_extracted_at] AS [_extracted_at], t.[_mapping_hash] AS [_mapping_hash], t.[_row_hash] AS [_row_hash], t.[_loaded_at] AS [_loaded_at], t.[_run_id] AS [_run_id] INTO [#rows_Sample] FROM dbo.[Sample] AS t

-- Sample: lookup
SELECT k.[n], t.[_source_version], t.[_full], t.[_observed_at], t.[_extracted_at], t.[_mapping_hash], t.[_row_hash], t.[_loaded_at], CAST(NULL AS DATETIME2(6))
FROM [#shared_int] AS k INNER LOOP JOIN dbo.[Sample] AS t WITH (UPDLOCK, SERIALIZABLE) ON t.[sample_id] = k.[k] WHERE k.[t] = 8

-- Sample: rows that change, move their stamp, or are new
SET NOCOUNT ON;
DECLARE @updated INT = 0, @stamped INT = 0, @unmarked INT = 0, @inserted INT = 0;
UPDATE t SET [an_int] = s.[an_int], [a_bigint] = s.[a_bigint], [a_bit] = s.[a_bit], [a_latitude] = s.[a_latitude], [a_price] = s.[a_price], [a_long_decimal] = s.[a_long_decimal], [a_text] = s.[a_text], [a_long_text] = s.[a_long_text], [a_datetime] = s.[a_datetime], [a_uuid] = s.[a_uuid], [_source_version] = s.[_source_version], [_full] = s.[_full], [_observed_at] = s.[_observed_at], [_extracted_at] = s.[_extracted_at], [_mapping_hash] = s.[_mapping_hash], [_row_hash] = s.[_row_hash], [_loaded_at] = s.[_loaded_at], [_run_id] = s.[_run_id]
FROM [#rows_Sample] AS s INNER LOOP JOIN dbo.[Sample] AS t WITH (UPDLOCK, SERIALIZABLE) ON t.[sample_id] = s.[sample_id]
WHERE s.[_action] = 2;
SET @updated = @@ROWCOUNT;
UPDATE t SET [_source_version] = s.[_source_version], [_full] = s.[_full], [_observed_at] = s.[_observed_at], [_extracted_at] = s.[_extracted_at], [_mapping_hash] = s.[_mapping_hash]
FROM [#rows_Sample] AS s INNER LOOP JOIN dbo.[Sample] AS t WITH (UPDLOCK, SERIALIZABLE) ON t.[sample_id] = s.[sample_id]
WHERE s.[_action] = 3;
SET @stamped = @@ROWCOUNT;
INSERT INTO dbo.[Sample] ([sample_id], [an_int], [a_bigint], [a_bit], [a_latitude], [a_price], [a_long_decimal], [a_text], [a_long_text], [a_datetime], [a_uuid], [_source_version], [_full], [_observed_at], [_extracted_at], [_mapping_hash], [_row_hash], [_loaded_at], [_run_id])
SELECT s.[sample_id], s.[an_int], s.[a_bigint], s.[a_bit], s.[a_latitude], s.[a_price], s.[a_long_decimal], s.[a_text], s.[a_long_text], s.[a_datetime], s.[a_uuid], s.[_source_version], s.[_full], s.[_observed_at], s.[_extracted_at], s.[_mapping_hash], s.[_row_hash], s.[_loaded_at], s.[_run_id] FROM [#rows_Sample] AS s
WHERE s.[_action] = 1 AND NOT EXISTS (SELECT 1 FROM dbo.[Sample] AS t WITH (UPDLOCK, SERIALIZABLE) WHERE t.[sample_id] = s.[sample_id])
OPTION (LOOP JOIN);
SET @inserted = @@ROWCOUNT;
TRUNCATE TABLE [#rows_Sample];
SELECT @updated, @stamped, @unmarked, @inserted

-- Sample: of another mapping
DROP TABLE [#rows_Sample]

-- bookings by id
SELECT CAST(t.[booking_id] AS BIGINT), t.[_source_version], t.[_full], t.[_observed_at], t.[_extracted_at], t.[_mapping_hash], t.[_row_hash], t.[_loaded_at], t.[_deleted_at], t.[last_modified_date], t.[expected_start_date]
FROM dbo.[Booking] AS t
WHERE t.[booking_id] IN (@p1, @p2, @p3)
ORDER BY t.[booking_id]

-- bookings of a period
SELECT CAST(t.[booking_id] AS BIGINT), t.[_source_version], t.[_full], t.[_observed_at], t.[_extracted_at], t.[_mapping_hash], t.[_row_hash], t.[_loaded_at], t.[_deleted_at], t.[last_modified_date], t.[expected_start_date]
FROM dbo.[Booking] AS t
WHERE t.[expected_start_date] >= CAST(@p1 AS DATETIME2(6)) AND t.[expected_start_date] < CAST(@p2 AS DATETIME2(6)) AND t.[_deleted_at] IS NULL
ORDER BY t.[booking_id]

-- bookings to mark
SELECT CAST(t.[booking_id] AS BIGINT), t.[_source_version], t.[_full], t.[_observed_at], t.[_extracted_at], t.[_mapping_hash], t.[_row_hash], t.[_loaded_at], t.[_deleted_at], t.[last_modified_date], t.[expected_start_date]
FROM dbo.[Booking] AS t WITH (UPDLOCK)
WHERE t.[booking_id] IN (@p1, @p2, @p3)
ORDER BY t.[booking_id]

-- bookings: mark
SET NOCOUNT ON;
UPDATE t SET [_deleted_at] = CAST(@p4 AS DATETIME2(6)), [_loaded_at] = CAST(@p5 AS DATETIME2(6))
FROM dbo.[Booking] AS t
WHERE t.[booking_id] IN (@p1, @p2, @p3);
SELECT @@ROWCOUNT

-- gaps of bookings
SELECT CAST(t.[booking_id] AS BIGINT), t.[relation], CAST(t.[gap_status] AS BIGINT), t.[gap_reason]
FROM dbo.[EnrichmentGap] AS t
WHERE t.[booking_id] IN (@p1, @p2, @p3)
ORDER BY t.[booking_id], t.[relation]

-- rejected values: staging
SELECT TOP 0 CAST(0 AS INT) AS [n], t.[table_name] AS [table_name], t.[row_key] AS [row_key], t.[column_name] AS [column_name], t.[value_hash] AS [value_hash], t.[booking_id] AS [booking_id], t.[raw_value] AS [raw_value], t.[reason] AS [reason], t.[column_type] AS [column_type], t.[observed_at] AS [observed_at], t.[_loaded_at] AS [_loaded_at], t.[_run_id] AS [_run_id] INTO [#rows_RejectedValue] FROM dbo.[RejectedValue] AS t

-- rejected values
SET NOCOUNT ON;
DECLARE @inserted INT = 0;
INSERT INTO dbo.[RejectedValue] ([table_name], [row_key], [column_name], [value_hash], [booking_id], [raw_value], [reason], [column_type], [observed_at], [_loaded_at], [_run_id])
SELECT s.[table_name], s.[row_key], s.[column_name], s.[value_hash], s.[booking_id], s.[raw_value], s.[reason], s.[column_type], s.[observed_at], s.[_loaded_at], s.[_run_id] FROM (SELECT r.*, ROW_NUMBER() OVER (PARTITION BY r.[table_name], r.[row_key], r.[column_name], r.[value_hash] ORDER BY r.[n]) AS [place] FROM [#rows_RejectedValue] AS r) AS s
WHERE s.[place] = 1 AND NOT EXISTS (SELECT 1 FROM dbo.[RejectedValue] AS t WITH (UPDLOCK, SERIALIZABLE) WHERE t.[table_name] = s.[table_name] AND t.[row_key] = s.[row_key] AND t.[column_name] = s.[column_name] AND t.[value_hash] = s.[value_hash])
OPTION (LOOP JOIN);
SET @inserted = @@ROWCOUNT;
TRUNCATE TABLE [#rows_RejectedValue];
SELECT @inserted

-- transaction
COMMIT TRANSACTION; SELECT @@TRANCOUNT

-- transaction
IF @@TRANCOUNT > 0 ROLLBACK TRANSACTION

