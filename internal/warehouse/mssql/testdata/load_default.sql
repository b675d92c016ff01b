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
SELECT TOP 0 CAST(0 AS INT) AS [_action], t.[company_id] AS [company_id], t.[uri] AS [uri], t.[description] AS [description], t.[name] AS [name], t.[uuid] AS [uuid], t.[_source_version] AS [_source_version], t.[_full] AS [_full], t.[_observed_at] AS [_observed_at], t.[_extracted_at] AS [_extracted_at], t.[_mapping_hash] AS [_mapping_hash], t.[_row_hash] AS [_row_hash], t.[_loaded_at] AS [_loaded_at], t.[_run_id] AS [_run_id] INTO [#rows_Company] FROM dbo.[Company] AS t

-- Company: lookup
SELECT k.[n], t.[_source_version], t.[_full], t.[_observed_at], t.[_extracted_at], t.[_mapping_hash], t.[_row_hash], t.[_loaded_at], CAST(NULL AS DATETIME2(6))
FROM [#shared_int] AS k INNER LOOP JOIN dbo.[Company] AS t WITH (UPDLOCK, SERIALIZABLE) ON t.[company_id] = k.[k] WHERE k.[t] = 0

-- Company: rows that change, move their stamp, or are new
SET NOCOUNT ON;
DECLARE @updated INT = 0, @stamped INT = 0, @unmarked INT = 0, @inserted INT = 0;
UPDATE t SET [uri] = s.[uri], [description] = s.[description], [name] = s.[name], [uuid] = s.[uuid], [_source_version] = s.[_source_version], [_full] = s.[_full], [_observed_at] = s.[_observed_at], [_extracted_at] = s.[_extracted_at], [_mapping_hash] = s.[_mapping_hash], [_row_hash] = s.[_row_hash], [_loaded_at] = s.[_loaded_at], [_run_id] = s.[_run_id]
FROM [#rows_Company] AS s INNER LOOP JOIN dbo.[Company] AS t WITH (UPDLOCK, SERIALIZABLE) ON t.[company_id] = s.[company_id]
WHERE s.[_action] = 2;
SET @updated = @@ROWCOUNT;
UPDATE t SET [_source_version] = s.[_source_version], [_full] = s.[_full], [_observed_at] = s.[_observed_at], [_extracted_at] = s.[_extracted_at], [_mapping_hash] = s.[_mapping_hash]
FROM [#rows_Company] AS s INNER LOOP JOIN dbo.[Company] AS t WITH (UPDLOCK, SERIALIZABLE) ON t.[company_id] = s.[company_id]
WHERE s.[_action] = 3;
SET @stamped = @@ROWCOUNT;
INSERT INTO dbo.[Company] ([company_id], [uri], [description], [name], [uuid], [_source_version], [_full], [_observed_at], [_extracted_at], [_mapping_hash], [_row_hash], [_loaded_at], [_run_id])
SELECT s.[company_id], s.[uri], s.[description], s.[name], s.[uuid], s.[_source_version], s.[_full], s.[_observed_at], s.[_extracted_at], s.[_mapping_hash], s.[_row_hash], s.[_loaded_at], s.[_run_id] FROM [#rows_Company] AS s
WHERE s.[_action] = 1 AND NOT EXISTS (SELECT 1 FROM dbo.[Company] AS t WITH (UPDLOCK, SERIALIZABLE) WHERE t.[company_id] = s.[company_id])
OPTION (LOOP JOIN);
SET @inserted = @@ROWCOUNT;
TRUNCATE TABLE [#rows_Company];
SELECT @updated, @stamped, @unmarked, @inserted

-- Company: of another mapping
DROP TABLE [#rows_Company]

-- Config: staging
SELECT TOP 0 CAST(0 AS INT) AS [_action], t.[config_id] AS [config_id], t.[uri] AS [uri], t.[uuid] AS [uuid], t.[allow_free_text] AS [allow_free_text], t.[customer_specific] AS [customer_specific], t.[enable_dropdown] AS [enable_dropdown], t.[required] AS [required], t.[select_field] AS [select_field], t.[visible_for_interpreters] AS [visible_for_interpreters], t.[_source_version] AS [_source_version], t.[_full] AS [_full], t.[_observed_at] AS [_observed_at], t.[_extracted_at] AS [_extracted_at], t.[_mapping_hash] AS [_mapping_hash], t.[_row_hash] AS [_row_hash], t.[_loaded_at] AS [_loaded_at], t.[_run_id] AS [_run_id] INTO [#rows_Config] FROM dbo.[Config] AS t

-- Config: lookup
SELECT k.[n], t.[_source_version], t.[_full], t.[_observed_at], t.[_extracted_at], t.[_mapping_hash], t.[_row_hash], t.[_loaded_at], CAST(NULL AS DATETIME2(6))
FROM [#shared_int] AS k INNER LOOP JOIN dbo.[Config] AS t WITH (UPDLOCK, SERIALIZABLE) ON t.[config_id] = k.[k] WHERE k.[t] = 1

-- Config: rows that change, move their stamp, or are new
SET NOCOUNT ON;
DECLARE @updated INT = 0, @stamped INT = 0, @unmarked INT = 0, @inserted INT = 0;
UPDATE t SET [uri] = s.[uri], [uuid] = s.[uuid], [allow_free_text] = s.[allow_free_text], [customer_specific] = s.[customer_specific], [enable_dropdown] = s.[enable_dropdown], [required] = s.[required], [select_field] = s.[select_field], [visible_for_interpreters] = s.[visible_for_interpreters], [_source_version] = s.[_source_version], [_full] = s.[_full], [_observed_at] = s.[_observed_at], [_extracted_at] = s.[_extracted_at], [_mapping_hash] = s.[_mapping_hash], [_row_hash] = s.[_row_hash], [_loaded_at] = s.[_loaded_at], [_run_id] = s.[_run_id]
FROM [#rows_Config] AS s INNER LOOP JOIN dbo.[Config] AS t WITH (UPDLOCK, SERIALIZABLE) ON t.[config_id] = s.[config_id]
WHERE s.[_action] = 2;
SET @updated = @@ROWCOUNT;
UPDATE t SET [_source_version] = s.[_source_version], [_full] = s.[_full], [_observed_at] = s.[_observed_at], [_extracted_at] = s.[_extracted_at], [_mapping_hash] = s.[_mapping_hash]
FROM [#rows_Config] AS s INNER LOOP JOIN dbo.[Config] AS t WITH (UPDLOCK, SERIALIZABLE) ON t.[config_id] = s.[config_id]
WHERE s.[_action] = 3;
SET @stamped = @@ROWCOUNT;
INSERT INTO dbo.[Config] ([config_id], [uri], [uuid], [allow_free_text], [customer_specific], [enable_dropdown], [required], [select_field], [visible_for_interpreters], [_source_version], [_full], [_observed_at], [_extracted_at], [_mapping_hash], [_row_hash], [_loaded_at], [_run_id])
SELECT s.[config_id], s.[uri], s.[uuid], s.[allow_free_text], s.[customer_specific], s.[enable_dropdown], s.[required], s.[select_field], s.[visible_for_interpreters], s.[_source_version], s.[_full], s.[_observed_at], s.[_extracted_at], s.[_mapping_hash], s.[_row_hash], s.[_loaded_at], s.[_run_id] FROM [#rows_Config] AS s
WHERE s.[_action] = 1 AND NOT EXISTS (SELECT 1 FROM dbo.[Config] AS t WITH (UPDLOCK, SERIALIZABLE) WHERE t.[config_id] = s.[config_id])
OPTION (LOOP JOIN);
SET @inserted = @@ROWCOUNT;
TRUNCATE TABLE [#rows_Config];
SELECT @updated, @stamped, @unmarked, @inserted

-- Config: of another mapping
DROP TABLE [#rows_Config]

-- Integration: staging
SELECT TOP 0 CAST(0 AS INT) AS [_action], t.[integration_id] AS [integration_id], t.[uri] AS [uri], t.[description] AS [description], t.[name] AS [name], t.[uuid] AS [uuid], t.[_source_version] AS [_source_version], t.[_full] AS [_full], t.[_observed_at] AS [_observed_at], t.[_extracted_at] AS [_extracted_at], t.[_mapping_hash] AS [_mapping_hash], t.[_row_hash] AS [_row_hash], t.[_loaded_at] AS [_loaded_at], t.[_run_id] AS [_run_id] INTO [#rows_Integration] FROM dbo.[Integration] AS t

-- Integration: lookup
SELECT k.[n], t.[_source_version], t.[_full], t.[_observed_at], t.[_extracted_at], t.[_mapping_hash], t.[_row_hash], t.[_loaded_at], CAST(NULL AS DATETIME2(6))
FROM [#shared_int] AS k INNER LOOP JOIN dbo.[Integration] AS t WITH (UPDLOCK, SERIALIZABLE) ON t.[integration_id] = k.[k] WHERE k.[t] = 2

-- Integration: rows that change, move their stamp, or are new
SET NOCOUNT ON;
DECLARE @updated INT = 0, @stamped INT = 0, @unmarked INT = 0, @inserted INT = 0;
UPDATE t SET [uri] = s.[uri], [description] = s.[description], [name] = s.[name], [uuid] = s.[uuid], [_source_version] = s.[_source_version], [_full] = s.[_full], [_observed_at] = s.[_observed_at], [_extracted_at] = s.[_extracted_at], [_mapping_hash] = s.[_mapping_hash], [_row_hash] = s.[_row_hash], [_loaded_at] = s.[_loaded_at], [_run_id] = s.[_run_id]
FROM [#rows_Integration] AS s INNER LOOP JOIN dbo.[Integration] AS t WITH (UPDLOCK, SERIALIZABLE) ON t.[integration_id] = s.[integration_id]
WHERE s.[_action] = 2;
SET @updated = @@ROWCOUNT;
UPDATE t SET [_source_version] = s.[_source_version], [_full] = s.[_full], [_observed_at] = s.[_observed_at], [_extracted_at] = s.[_extracted_at], [_mapping_hash] = s.[_mapping_hash]
FROM [#rows_Integration] AS s INNER LOOP JOIN dbo.[Integration] AS t WITH (UPDLOCK, SERIALIZABLE) ON t.[integration_id] = s.[integration_id]
WHERE s.[_action] = 3;
SET @stamped = @@ROWCOUNT;
INSERT INTO dbo.[Integration] ([integration_id], [uri], [description], [name], [uuid], [_source_version], [_full], [_observed_at], [_extracted_at], [_mapping_hash], [_row_hash], [_loaded_at], [_run_id])
SELECT s.[integration_id], s.[uri], s.[description], s.[name], s.[uuid], s.[_source_version], s.[_full], s.[_observed_at], s.[_extracted_at], s.[_mapping_hash], s.[_row_hash], s.[_loaded_at], s.[_run_id] FROM [#rows_Integration] AS s
WHERE s.[_action] = 1 AND NOT EXISTS (SELECT 1 FROM dbo.[Integration] AS t WITH (UPDLOCK, SERIALIZABLE) WHERE t.[integration_id] = s.[integration_id])
OPTION (LOOP JOIN);
SET @inserted = @@ROWCOUNT;
TRUNCATE TABLE [#rows_Integration];
SELECT @updated, @stamped, @unmarked, @inserted

-- Integration: of another mapping
DROP TABLE [#rows_Integration]

-- Address: staging
SELECT TOP 0 CAST(0 AS INT) AS [_action], t.[address_id] AS [address_id], t.[uri] AS [uri], t.[active] AS [active], t.[addr_entered] AS [addr_entered], t.[addr_formatted] AS [addr_formatted], t.[cost_center] AS [cost_center], t.[cost_center_name] AS [cost_center_name], t.[description] AS [description], t.[display_label] AS [display_label], t.[lat] AS [lat], t.[lng] AS [lng], t.[notes] AS [notes], t.[public_notes] AS [public_notes], t.[city_town] AS [city_town], t.[postal_code] AS [postal_code], t.[state_county] AS [state_county], t.[country] AS [country], t.[timezone] AS [timezone], t.[validated] AS [validated], t.[validation_status] AS [validation_status], t.[uuid] AS [uuid], t.[_source_version] AS [_source_version], t.[_full] AS [_full], t.[_observed_at] AS [_observed_at], t.[_extracted_at] AS [_extracted_at], t.[_mapping_hash] AS [_mapping_hash], t.[_row_hash] AS [_row_hash], t.[_loaded_at] AS [_loaded_at], t.[_run_id] AS [_run_id] INTO [#rows_Address] FROM dbo.[Address] AS t

-- Address: lookup
SELECT k.[n], t.[_source_version], t.[_full], t.[_observed_at], t.[_extracted_at], t.[_mapping_hash], t.[_row_hash], t.[_loaded_at], CAST(NULL AS DATETIME2(6))
FROM [#shared_int] AS k INNER LOOP JOIN dbo.[Address] AS t WITH (UPDLOCK, SERIALIZABLE) ON t.[address_id] = k.[k] WHERE k.[t] = 3

-- Address: rows that change, move their stamp, or are new
SET NOCOUNT ON;
DECLARE @updated INT = 0, @stamped INT = 0, @unmarked INT = 0, @inserted INT = 0;
UPDATE t SET [uri] = s.[uri], [active] = s.[active], [addr_entered] = s.[addr_entered], [addr_formatted] = s.[addr_formatted], [cost_center] = s.[cost_center], [cost_center_name] = s.[cost_center_name], [description] = s.[description], [display_label] = s.[display_label], [lat] = s.[lat], [lng] = s.[lng], [notes] = s.[notes], [public_notes] = s.[public_notes], [city_town] = s.[city_town], [postal_code] = s.[postal_code], [state_county] = s.[state_county], [country] = s.[country], [timezone] = s.[timezone], [validated] = s.[validated], [validation_status] = s.[validation_status], [uuid] = s.[uuid], [_source_version] = s.[_source_version], [_full] = s.[_full], [_observed_at] = s.[_observed_at], [_extracted_at] = s.[_extracted_at], [_mapping_hash] = s.[_mapping_hash], [_row_hash] = s.[_row_hash], [_loaded_at] = s.[_loaded_at], [_run_id] = s.[_run_id]
FROM [#rows_Address] AS s INNER LOOP JOIN dbo.[Address] AS t WITH (UPDLOCK, SERIALIZABLE) ON t.[address_id] = s.[address_id]
WHERE s.[_action] = 2;
SET @updated = @@ROWCOUNT;
UPDATE t SET [_source_version] = s.[_source_version], [_full] = s.[_full], [_observed_at] = s.[_observed_at], [_extracted_at] = s.[_extracted_at], [_mapping_hash] = s.[_mapping_hash]
FROM [#rows_Address] AS s INNER LOOP JOIN dbo.[Address] AS t WITH (UPDLOCK, SERIALIZABLE) ON t.[address_id] = s.[address_id]
WHERE s.[_action] = 3;
SET @stamped = @@ROWCOUNT;
INSERT INTO dbo.[Address] ([address_id], [uri], [active], [addr_entered], [addr_formatted], [cost_center], [cost_center_name], [description], [display_label], [lat], [lng], [notes], [public_notes], [city_town], [postal_code], [state_county], [country], [timezone], [validated], [validation_status], [uuid], [_source_version], [_full], [_observed_at], [_extracted_at], [_mapping_hash], [_row_hash], [_loaded_at], [_run_id])
SELECT s.[address_id], s.[uri], s.[active], s.[addr_entered], s.[addr_formatted], s.[cost_center], s.[cost_center_name], s.[description], s.[display_label], s.[lat], s.[lng], s.[notes], s.[public_notes], s.[city_town], s.[postal_code], s.[state_county], s.[country], s.[timezone], s.[validated], s.[validation_status], s.[uuid], s.[_source_version], s.[_full], s.[_observed_at], s.[_extracted_at], s.[_mapping_hash], s.[_row_hash], s.[_loaded_at], s.[_run_id] FROM [#rows_Address] AS s
WHERE s.[_action] = 1 AND NOT EXISTS (SELECT 1 FROM dbo.[Address] AS t WITH (UPDLOCK, SERIALIZABLE) WHERE t.[address_id] = s.[address_id])
OPTION (LOOP JOIN);
SET @inserted = @@ROWCOUNT;
TRUNCATE TABLE [#rows_Address];
SELECT @updated, @stamped, @unmarked, @inserted

-- Address: of another mapping
DROP TABLE [#rows_Address]

-- ContractType: staging
SELECT TOP 0 CAST(0 AS INT) AS [_action], t.[contract_type_id] AS [contract_type_id], t.[uri] AS [uri], t.[version_value] AS [version_value], t.[default_option] AS [default_option], t.[description] AS [description], t.[l10n_key] AS [l10n_key], t.[name] AS [name], t.[name_key] AS [name_key], t.[_source_version] AS [_source_version], t.[_full] AS [_full], t.[_observed_at] AS [_observed_at], t.[_extracted_at] AS [_extracted_at], t.[_mapping_hash] AS [_mapping_hash], t.[_row_hash] AS [_row_hash], t.[_loaded_at] AS [_loaded_at], t.[_run_id] AS [_run_id] INTO [#rows_ContractType] FROM dbo.[ContractType] AS t

-- ContractType: lookup
SELECT k.[n], t.[_source_version], t.[_full], t.[_observed_at], t.[_extracted_at], t.[_mapping_hash], t.[_row_hash], t.[_loaded_at], CAST(NULL AS DATETIME2(6))
FROM [#shared_int] AS k INNER LOOP JOIN dbo.[ContractType] AS t WITH (UPDLOCK, SERIALIZABLE) ON t.[contract_type_id] = k.[k] WHERE k.[t] = 4

-- ContractType: rows that change, move their stamp, or are new
SET NOCOUNT ON;
DECLARE @updated INT = 0, @stamped INT = 0, @unmarked INT = 0, @inserted INT = 0;
UPDATE t SET [uri] = s.[uri], [version_value] = s.[version_value], [default_option] = s.[default_option], [description] = s.[description], [l10n_key] = s.[l10n_key], [name] = s.[name], [name_key] = s.[name_key], [_source_version] = s.[_source_version], [_full] = s.[_full], [_observed_at] = s.[_observed_at], [_extracted_at] = s.[_extracted_at], [_mapping_hash] = s.[_mapping_hash], [_row_hash] = s.[_row_hash], [_loaded_at] = s.[_loaded_at], [_run_id] = s.[_run_id]
FROM [#rows_ContractType] AS s INNER LOOP JOIN dbo.[ContractType] AS t WITH (UPDLOCK, SERIALIZABLE) ON t.[contract_type_id] = s.[contract_type_id]
WHERE s.[_action] = 2;
SET @updated = @@ROWCOUNT;
UPDATE t SET [_source_version] = s.[_source_version], [_full] = s.[_full], [_observed_at] = s.[_observed_at], [_extracted_at] = s.[_extracted_at], [_mapping_hash] = s.[_mapping_hash]
FROM [#rows_ContractType] AS s INNER LOOP JOIN dbo.[ContractType] AS t WITH (UPDLOCK, SERIALIZABLE) ON t.[contract_type_id] = s.[contract_type_id]
WHERE s.[_action] = 3;
SET @stamped = @@ROWCOUNT;
INSERT INTO dbo.[ContractType] ([contract_type_id], [uri], [version_value], [default_option], [description], [l10n_key], [name], [name_key], [_source_version], [_full], [_observed_at], [_extracted_at], [_mapping_hash], [_row_hash], [_loaded_at], [_run_id])
SELECT s.[contract_type_id], s.[uri], s.[version_value], s.[default_option], s.[description], s.[l10n_key], s.[name], s.[name_key], s.[_source_version], s.[_full], s.[_observed_at], s.[_extracted_at], s.[_mapping_hash], s.[_row_hash], s.[_loaded_at], s.[_run_id] FROM [#rows_ContractType] AS s
WHERE s.[_action] = 1 AND NOT EXISTS (SELECT 1 FROM dbo.[ContractType] AS t WITH (UPDLOCK, SERIALIZABLE) WHERE t.[contract_type_id] = s.[contract_type_id])
OPTION (LOOP JOIN);
SET @inserted = @@ROWCOUNT;
TRUNCATE TABLE [#rows_ContractType];
SELECT @updated, @stamped, @unmarked, @inserted

-- ContractType: of another mapping
DROP TABLE [#rows_ContractType]

-- CustomerConfig: staging
SELECT TOP 0 CAST(0 AS INT) AS [_action], t.[config_id] AS [config_id], t.[uri] AS [uri], t.[uuid] AS [uuid], t.[_source_version] AS [_source_version], t.[_full] AS [_full], t.[_observed_at] AS [_observed_at], t.[_extracted_at] AS [_extracted_at], t.[_mapping_hash] AS [_mapping_hash], t.[_row_hash] AS [_row_hash], t.[_loaded_at] AS [_loaded_at], t.[_run_id] AS [_run_id] INTO [#rows_CustomerConfig] FROM dbo.[CustomerConfig] AS t

-- CustomerConfig: lookup
SELECT k.[n], t.[_source_version], t.[_full], t.[_observed_at], t.[_extracted_at], t.[_mapping_hash], t.[_row_hash], t.[_loaded_at], CAST(NULL AS DATETIME2(6))
FROM [#shared_int] AS k INNER LOOP JOIN dbo.[CustomerConfig] AS t WITH (UPDLOCK, SERIALIZABLE) ON t.[config_id] = k.[k] WHERE k.[t] = 5

-- CustomerConfig: rows that change, move their stamp, or are new
SET NOCOUNT ON;
DECLARE @updated INT = 0, @stamped INT = 0, @unmarked INT = 0, @inserted INT = 0;
UPDATE t SET [uri] = s.[uri], [uuid] = s.[uuid], [_source_version] = s.[_source_version], [_full] = s.[_full], [_observed_at] = s.[_observed_at], [_extracted_at] = s.[_extracted_at], [_mapping_hash] = s.[_mapping_hash], [_row_hash] = s.[_row_hash], [_loaded_at] = s.[_loaded_at], [_run_id] = s.[_run_id]
FROM [#rows_CustomerConfig] AS s INNER LOOP JOIN dbo.[CustomerConfig] AS t WITH (UPDLOCK, SERIALIZABLE) ON t.[config_id] = s.[config_id]
WHERE s.[_action] = 2;
SET @updated = @@ROWCOUNT;
UPDATE t SET [_source_version] = s.[_source_version], [_full] = s.[_full], [_observed_at] = s.[_observed_at], [_extracted_at] = s.[_extracted_at], [_mapping_hash] = s.[_mapping_hash]
FROM [#rows_CustomerConfig] AS s INNER LOOP JOIN dbo.[CustomerConfig] AS t WITH (UPDLOCK, SERIALIZABLE) ON t.[config_id] = s.[config_id]
WHERE s.[_action] = 3;
SET @stamped = @@ROWCOUNT;
INSERT INTO dbo.[CustomerConfig] ([config_id], [uri], [uuid], [_source_version], [_full], [_observed_at], [_extracted_at], [_mapping_hash], [_row_hash], [_loaded_at], [_run_id])
SELECT s.[config_id], s.[uri], s.[uuid], s.[_source_version], s.[_full], s.[_observed_at], s.[_extracted_at], s.[_mapping_hash], s.[_row_hash], s.[_loaded_at], s.[_run_id] FROM [#rows_CustomerConfig] AS s
WHERE s.[_action] = 1 AND NOT EXISTS (SELECT 1 FROM dbo.[CustomerConfig] AS t WITH (UPDLOCK, SERIALIZABLE) WHERE t.[config_id] = s.[config_id])
OPTION (LOOP JOIN);
SET @inserted = @@ROWCOUNT;
TRUNCATE TABLE [#rows_CustomerConfig];
SELECT @updated, @stamped, @unmarked, @inserted

-- CustomerConfig: of another mapping
DROP TABLE [#rows_CustomerConfig]

-- Client: staging
SELECT TOP 0 CAST(0 AS INT) AS [_action], t.[client_id] AS [client_id], t.[uri] AS [uri], t.[display_name] AS [display_name], t.[name] AS [name], t.[uuid] AS [uuid], t.[_source_version] AS [_source_version], t.[_full] AS [_full], t.[_observed_at] AS [_observed_at], t.[_extracted_at] AS [_extracted_at], t.[_mapping_hash] AS [_mapping_hash], t.[_row_hash] AS [_row_hash], t.[_loaded_at] AS [_loaded_at], t.[_run_id] AS [_run_id] INTO [#rows_Client] FROM dbo.[Client] AS t

-- Client: lookup
SELECT k.[n], t.[_source_version], t.[_full], t.[_observed_at], t.[_extracted_at], t.[_mapping_hash], t.[_row_hash], t.[_loaded_at], CAST(NULL AS DATETIME2(6))
FROM [#shared_int] AS k INNER LOOP JOIN dbo.[Client] AS t WITH (UPDLOCK, SERIALIZABLE) ON t.[client_id] = k.[k] WHERE k.[t] = 6

-- Client: rows that change, move their stamp, or are new
SET NOCOUNT ON;
DECLARE @updated INT = 0, @stamped INT = 0, @unmarked INT = 0, @inserted INT = 0;
UPDATE t SET [uri] = s.[uri], [display_name] = s.[display_name], [name] = s.[name], [uuid] = s.[uuid], [_source_version] = s.[_source_version], [_full] = s.[_full], [_observed_at] = s.[_observed_at], [_extracted_at] = s.[_extracted_at], [_mapping_hash] = s.[_mapping_hash], [_row_hash] = s.[_row_hash], [_loaded_at] = s.[_loaded_at], [_run_id] = s.[_run_id]
FROM [#rows_Client] AS s INNER LOOP JOIN dbo.[Client] AS t WITH (UPDLOCK, SERIALIZABLE) ON t.[client_id] = s.[client_id]
WHERE s.[_action] = 2;
SET @updated = @@ROWCOUNT;
UPDATE t SET [_source_version] = s.[_source_version], [_full] = s.[_full], [_observed_at] = s.[_observed_at], [_extracted_at] = s.[_extracted_at], [_mapping_hash] = s.[_mapping_hash]
FROM [#rows_Client] AS s INNER LOOP JOIN dbo.[Client] AS t WITH (UPDLOCK, SERIALIZABLE) ON t.[client_id] = s.[client_id]
WHERE s.[_action] = 3;
SET @stamped = @@ROWCOUNT;
INSERT INTO dbo.[Client] ([client_id], [uri], [display_name], [name], [uuid], [_source_version], [_full], [_observed_at], [_extracted_at], [_mapping_hash], [_row_hash], [_loaded_at], [_run_id])
SELECT s.[client_id], s.[uri], s.[display_name], s.[name], s.[uuid], s.[_source_version], s.[_full], s.[_observed_at], s.[_extracted_at], s.[_mapping_hash], s.[_row_hash], s.[_loaded_at], s.[_run_id] FROM [#rows_Client] AS s
WHERE s.[_action] = 1 AND NOT EXISTS (SELECT 1 FROM dbo.[Client] AS t WITH (UPDLOCK, SERIALIZABLE) WHERE t.[client_id] = s.[client_id])
OPTION (LOOP JOIN);
SET @inserted = @@ROWCOUNT;
TRUNCATE TABLE [#rows_Client];
SELECT @updated, @stamped, @unmarked, @inserted

-- Client: of another mapping
DROP TABLE [#rows_Client]

-- Language: staging
SELECT TOP 0 CAST(0 AS INT) AS [_action], t.[language_id] AS [language_id], t.[uri] AS [uri], t.[description] AS [description], t.[display_name] AS [display_name], t.[is_sign] AS [is_sign], t.[iso639_3_tag] AS [iso639_3_tag], t.[subtag] AS [subtag], t.[mmis_code] AS [mmis_code], t.[opi_enabled] AS [opi_enabled], t.[vri_enabled] AS [vri_enabled], t.[bpin_opi_enabled] AS [bpin_opi_enabled], t.[bpin_vri_enabled] AS [bpin_vri_enabled], t.[partner_connect_language_id] AS [partner_connect_language_id], t.[partner_connect_language_name] AS [partner_connect_language_name], t.[_source_version] AS [_source_version], t.[_full] AS [_full], t.[_observed_at] AS [_observed_at], t.[_extracted_at] AS [_extracted_at], t.[_mapping_hash] AS [_mapping_hash], t.[_row_hash] AS [_row_hash], t.[_loaded_at] AS [_loaded_at], t.[_run_id] AS [_run_id] INTO [#rows_Language] FROM dbo.[Language] AS t

-- Language: lookup
SELECT k.[n], t.[_source_version], t.[_full], t.[_observed_at], t.[_extracted_at], t.[_mapping_hash], t.[_row_hash], t.[_loaded_at], CAST(NULL AS DATETIME2(6))
FROM [#shared_int] AS k INNER LOOP JOIN dbo.[Language] AS t WITH (UPDLOCK, SERIALIZABLE) ON t.[language_id] = k.[k] WHERE k.[t] = 7

-- Language: rows that change, move their stamp, or are new
SET NOCOUNT ON;
DECLARE @updated INT = 0, @stamped INT = 0, @unmarked INT = 0, @inserted INT = 0;
UPDATE t SET [uri] = s.[uri], [description] = s.[description], [display_name] = s.[display_name], [is_sign] = s.[is_sign], [iso639_3_tag] = s.[iso639_3_tag], [subtag] = s.[subtag], [mmis_code] = s.[mmis_code], [opi_enabled] = s.[opi_enabled], [vri_enabled] = s.[vri_enabled], [bpin_opi_enabled] = s.[bpin_opi_enabled], [bpin_vri_enabled] = s.[bpin_vri_enabled], [partner_connect_language_id] = s.[partner_connect_language_id], [partner_connect_language_name] = s.[partner_connect_language_name], [_source_version] = s.[_source_version], [_full] = s.[_full], [_observed_at] = s.[_observed_at], [_extracted_at] = s.[_extracted_at], [_mapping_hash] = s.[_mapping_hash], [_row_hash] = s.[_row_hash], [_loaded_at] = s.[_loaded_at], [_run_id] = s.[_run_id]
FROM [#rows_Language] AS s INNER LOOP JOIN dbo.[Language] AS t WITH (UPDLOCK, SERIALIZABLE) ON t.[language_id] = s.[language_id]
WHERE s.[_action] = 2;
SET @updated = @@ROWCOUNT;
UPDATE t SET [_source_version] = s.[_source_version], [_full] = s.[_full], [_observed_at] = s.[_observed_at], [_extracted_at] = s.[_extracted_at], [_mapping_hash] = s.[_mapping_hash]
FROM [#rows_Language] AS s INNER LOOP JOIN dbo.[Language] AS t WITH (UPDLOCK, SERIALIZABLE) ON t.[language_id] = s.[language_id]
WHERE s.[_action] = 3;
SET @stamped = @@ROWCOUNT;
INSERT INTO dbo.[Language] ([language_id], [uri], [description], [display_name], [is_sign], [iso639_3_tag], [subtag], [mmis_code], [opi_enabled], [vri_enabled], [bpin_opi_enabled], [bpin_vri_enabled], [partner_connect_language_id], [partner_connect_language_name], [_source_version], [_full], [_observed_at], [_extracted_at], [_mapping_hash], [_row_hash], [_loaded_at], [_run_id])
SELECT s.[language_id], s.[uri], s.[description], s.[display_name], s.[is_sign], s.[iso639_3_tag], s.[subtag], s.[mmis_code], s.[opi_enabled], s.[vri_enabled], s.[bpin_opi_enabled], s.[bpin_vri_enabled], s.[partner_connect_language_id], s.[partner_connect_language_name], s.[_source_version], s.[_full], s.[_observed_at], s.[_extracted_at], s.[_mapping_hash], s.[_row_hash], s.[_loaded_at], s.[_run_id] FROM [#rows_Language] AS s
WHERE s.[_action] = 1 AND NOT EXISTS (SELECT 1 FROM dbo.[Language] AS t WITH (UPDLOCK, SERIALIZABLE) WHERE t.[language_id] = s.[language_id])
OPTION (LOOP JOIN);
SET @inserted = @@ROWCOUNT;
TRUNCATE TABLE [#rows_Language];
SELECT @updated, @stamped, @unmarked, @inserted

-- Language: of another mapping
DROP TABLE [#rows_Language]

-- BookingMode: staging
SELECT TOP 0 CAST(0 AS INT) AS [_action], t.[booking_mode_id] AS [booking_mode_id], t.[uri] AS [uri], t.[description] AS [description], t.[name] AS [name], t.[name_key] AS [name_key], t.[_source_version] AS [_source_version], t.[_full] AS [_full], t.[_observed_at] AS [_observed_at], t.[_extracted_at] AS [_extracted_at], t.[_mapping_hash] AS [_mapping_hash], t.[_row_hash] AS [_row_hash], t.[_loaded_at] AS [_loaded_at], t.[_run_id] AS [_run_id] INTO [#rows_BookingMode] FROM dbo.[BookingMode] AS t

-- BookingMode: lookup
SELECT k.[n], t.[_source_version], t.[_full], t.[_observed_at], t.[_extracted_at], t.[_mapping_hash], t.[_row_hash], t.[_loaded_at], CAST(NULL AS DATETIME2(6))
FROM [#shared_int] AS k INNER LOOP JOIN dbo.[BookingMode] AS t WITH (UPDLOCK, SERIALIZABLE) ON t.[booking_mode_id] = k.[k] WHERE k.[t] = 8

-- BookingMode: rows that change, move their stamp, or are new
SET NOCOUNT ON;
DECLARE @updated INT = 0, @stamped INT = 0, @unmarked INT = 0, @inserted INT = 0;
UPDATE t SET [uri] = s.[uri], [description] = s.[description], [name] = s.[name], [name_key] = s.[name_key], [_source_version] = s.[_source_version], [_full] = s.[_full], [_observed_at] = s.[_observed_at], [_extracted_at] = s.[_extracted_at], [_mapping_hash] = s.[_mapping_hash], [_row_hash] = s.[_row_hash], [_loaded_at] = s.[_loaded_at], [_run_id] = s.[_run_id]
FROM [#rows_BookingMode] AS s INNER LOOP JOIN dbo.[BookingMode] AS t WITH (UPDLOCK, SERIALIZABLE) ON t.[booking_mode_id] = s.[booking_mode_id]
WHERE s.[_action] = 2;
SET @updated = @@ROWCOUNT;
UPDATE t SET [_source_version] = s.[_source_version], [_full] = s.[_full], [_observed_at] = s.[_observed_at], [_extracted_at] = s.[_extracted_at], [_mapping_hash] = s.[_mapping_hash]
FROM [#rows_BookingMode] AS s INNER LOOP JOIN dbo.[BookingMode] AS t WITH (UPDLOCK, SERIALIZABLE) ON t.[booking_mode_id] = s.[booking_mode_id]
WHERE s.[_action] = 3;
SET @stamped = @@ROWCOUNT;
INSERT INTO dbo.[BookingMode] ([booking_mode_id], [uri], [description], [name], [name_key], [_source_version], [_full], [_observed_at], [_extracted_at], [_mapping_hash], [_row_hash], [_loaded_at], [_run_id])
SELECT s.[booking_mode_id], s.[uri], s.[description], s.[name], s.[name_key], s.[_source_version], s.[_full], s.[_observed_at], s.[_extracted_at], s.[_mapping_hash], s.[_row_hash], s.[_loaded_at], s.[_run_id] FROM [#rows_BookingMode] AS s
WHERE s.[_action] = 1 AND NOT EXISTS (SELECT 1 FROM dbo.[BookingMode] AS t WITH (UPDLOCK, SERIALIZABLE) WHERE t.[booking_mode_id] = s.[booking_mode_id])
OPTION (LOOP JOIN);
SET @inserted = @@ROWCOUNT;
TRUNCATE TABLE [#rows_BookingMode];
SELECT @updated, @stamped, @unmarked, @inserted

-- BookingMode: of another mapping
DROP TABLE [#rows_BookingMode]

-- BookingStatus: staging
SELECT TOP 0 CAST(0 AS INT) AS [_action], t.[status_id] AS [status_id], t.[uri] AS [uri], t.[version_value] AS [version_value], t.[default_option] AS [default_option], t.[description] AS [description], t.[in_order] AS [in_order], t.[l10n_key] AS [l10n_key], t.[message] AS [message], t.[name] AS [name], t.[name_key] AS [name_key], t.[_source_version] AS [_source_version], t.[_full] AS [_full], t.[_observed_at] AS [_observed_at], t.[_extracted_at] AS [_extracted_at], t.[_mapping_hash] AS [_mapping_hash], t.[_row_hash] AS [_row_hash], t.[_loaded_at] AS [_loaded_at], t.[_run_id] AS [_run_id] INTO [#rows_BookingStatus] FROM dbo.[BookingStatus] AS t

-- BookingStatus: lookup
SELECT k.[n], t.[_source_version], t.[_full], t.[_observed_at], t.[_extracted_at], t.[_mapping_hash], t.[_row_hash], t.[_loaded_at], CAST(NULL AS DATETIME2(6))
FROM [#shared_int] AS k INNER LOOP JOIN dbo.[BookingStatus] AS t WITH (UPDLOCK, SERIALIZABLE) ON t.[status_id] = k.[k] WHERE k.[t] = 9

-- BookingStatus: rows that change, move their stamp, or are new
SET NOCOUNT ON;
DECLARE @updated INT = 0, @stamped INT = 0, @unmarked INT = 0, @inserted INT = 0;
UPDATE t SET [uri] = s.[uri], [version_value] = s.[version_value], [default_option] = s.[default_option], [description] = s.[description], [in_order] = s.[in_order], [l10n_key] = s.[l10n_key], [message] = s.[message], [name] = s.[name], [name_key] = s.[name_key], [_source_version] = s.[_source_version], [_full] = s.[_full], [_observed_at] = s.[_observed_at], [_extracted_at] = s.[_extracted_at], [_mapping_hash] = s.[_mapping_hash], [_row_hash] = s.[_row_hash], [_loaded_at] = s.[_loaded_at], [_run_id] = s.[_run_id]
FROM [#rows_BookingStatus] AS s INNER LOOP JOIN dbo.[BookingStatus] AS t WITH (UPDLOCK, SERIALIZABLE) ON t.[status_id] = s.[status_id]
WHERE s.[_action] = 2;
SET @updated = @@ROWCOUNT;
UPDATE t SET [_source_version] = s.[_source_version], [_full] = s.[_full], [_observed_at] = s.[_observed_at], [_extracted_at] = s.[_extracted_at], [_mapping_hash] = s.[_mapping_hash]
FROM [#rows_BookingStatus] AS s INNER LOOP JOIN dbo.[BookingStatus] AS t WITH (UPDLOCK, SERIALIZABLE) ON t.[status_id] = s.[status_id]
WHERE s.[_action] = 3;
SET @stamped = @@ROWCOUNT;
INSERT INTO dbo.[BookingStatus] ([status_id], [uri], [version_value], [default_option], [description], [in_order], [l10n_key], [message], [name], [name_key], [_source_version], [_full], [_observed_at], [_extracted_at], [_mapping_hash], [_row_hash], [_loaded_at], [_run_id])
SELECT s.[status_id], s.[uri], s.[version_value], s.[default_option], s.[description], s.[in_order], s.[l10n_key], s.[message], s.[name], s.[name_key], s.[_source_version], s.[_full], s.[_observed_at], s.[_extracted_at], s.[_mapping_hash], s.[_row_hash], s.[_loaded_at], s.[_run_id] FROM [#rows_BookingStatus] AS s
WHERE s.[_action] = 1 AND NOT EXISTS (SELECT 1 FROM dbo.[BookingStatus] AS t WITH (UPDLOCK, SERIALIZABLE) WHERE t.[status_id] = s.[status_id])
OPTION (LOOP JOIN);
SET @inserted = @@ROWCOUNT;
TRUNCATE TABLE [#rows_BookingStatus];
SELECT @updated, @stamped, @unmarked, @inserted

-- BookingStatus: of another mapping
DROP TABLE [#rows_BookingStatus]

-- InvoiceStatus: staging
SELECT TOP 0 CAST(0 AS INT) AS [_action], t.[invoice_status_id] AS [invoice_status_id], t.[uri] AS [uri], t.[description] AS [description], t.[name] AS [name], t.[name_key] AS [name_key], t.[_source_version] AS [_source_version], t.[_full] AS [_full], t.[_observed_at] AS [_observed_at], t.[_extracted_at] AS [_extracted_at], t.[_mapping_hash] AS [_mapping_hash], t.[_row_hash] AS [_row_hash], t.[_loaded_at] AS [_loaded_at], t.[_run_id] AS [_run_id] INTO [#rows_InvoiceStatus] FROM dbo.[InvoiceStatus] AS t

-- InvoiceStatus: lookup
SELECT k.[n], t.[_source_version], t.[_full], t.[_observed_at], t.[_extracted_at], t.[_mapping_hash], t.[_row_hash], t.[_loaded_at], CAST(NULL AS DATETIME2(6))
FROM [#shared_int] AS k INNER LOOP JOIN dbo.[InvoiceStatus] AS t WITH (UPDLOCK, SERIALIZABLE) ON t.[invoice_status_id] = k.[k] WHERE k.[t] = 10

-- InvoiceStatus: rows that change, move their stamp, or are new
SET NOCOUNT ON;
DECLARE @updated INT = 0, @stamped INT = 0, @unmarked INT = 0, @inserted INT = 0;
UPDATE t SET [uri] = s.[uri], [description] = s.[description], [name] = s.[name], [name_key] = s.[name_key], [_source_version] = s.[_source_version], [_full] = s.[_full], [_observed_at] = s.[_observed_at], [_extracted_at] = s.[_extracted_at], [_mapping_hash] = s.[_mapping_hash], [_row_hash] = s.[_row_hash], [_loaded_at] = s.[_loaded_at], [_run_id] = s.[_run_id]
FROM [#rows_InvoiceStatus] AS s INNER LOOP JOIN dbo.[InvoiceStatus] AS t WITH (UPDLOCK, SERIALIZABLE) ON t.[invoice_status_id] = s.[invoice_status_id]
WHERE s.[_action] = 2;
SET @updated = @@ROWCOUNT;
UPDATE t SET [_source_version] = s.[_source_version], [_full] = s.[_full], [_observed_at] = s.[_observed_at], [_extracted_at] = s.[_extracted_at], [_mapping_hash] = s.[_mapping_hash]
FROM [#rows_InvoiceStatus] AS s INNER LOOP JOIN dbo.[InvoiceStatus] AS t WITH (UPDLOCK, SERIALIZABLE) ON t.[invoice_status_id] = s.[invoice_status_id]
WHERE s.[_action] = 3;
SET @stamped = @@ROWCOUNT;
INSERT INTO dbo.[InvoiceStatus] ([invoice_status_id], [uri], [description], [name], [name_key], [_source_version], [_full], [_observed_at], [_extracted_at], [_mapping_hash], [_row_hash], [_loaded_at], [_run_id])
SELECT s.[invoice_status_id], s.[uri], s.[description], s.[name], s.[name_key], s.[_source_version], s.[_full], s.[_observed_at], s.[_extracted_at], s.[_mapping_hash], s.[_row_hash], s.[_loaded_at], s.[_run_id] FROM [#rows_InvoiceStatus] AS s
WHERE s.[_action] = 1 AND NOT EXISTS (SELECT 1 FROM dbo.[InvoiceStatus] AS t WITH (UPDLOCK, SERIALIZABLE) WHERE t.[invoice_status_id] = s.[invoice_status_id])
OPTION (LOOP JOIN);
SET @inserted = @@ROWCOUNT;
TRUNCATE TABLE [#rows_InvoiceStatus];
SELECT @updated, @stamped, @unmarked, @inserted

-- InvoiceStatus: of another mapping
DROP TABLE [#rows_InvoiceStatus]

-- PaymentStatus: staging
SELECT TOP 0 CAST(0 AS INT) AS [_action], t.[payment_status_id] AS [payment_status_id], t.[uri] AS [uri], t.[description] AS [description], t.[name] AS [name], t.[name_key] AS [name_key], t.[_source_version] AS [_source_version], t.[_full] AS [_full], t.[_observed_at] AS [_observed_at], t.[_extracted_at] AS [_extracted_at], t.[_mapping_hash] AS [_mapping_hash], t.[_row_hash] AS [_row_hash], t.[_loaded_at] AS [_loaded_at], t.[_run_id] AS [_run_id] INTO [#rows_PaymentStatus] FROM dbo.[PaymentStatus] AS t

-- PaymentStatus: lookup
SELECT k.[n], t.[_source_version], t.[_full], t.[_observed_at], t.[_extracted_at], t.[_mapping_hash], t.[_row_hash], t.[_loaded_at], CAST(NULL AS DATETIME2(6))
FROM [#shared_int] AS k INNER LOOP JOIN dbo.[PaymentStatus] AS t WITH (UPDLOCK, SERIALIZABLE) ON t.[payment_status_id] = k.[k] WHERE k.[t] = 11

-- PaymentStatus: rows that change, move their stamp, or are new
SET NOCOUNT ON;
DECLARE @updated INT = 0, @stamped INT = 0, @unmarked INT = 0, @inserted INT = 0;
UPDATE t SET [uri] = s.[uri], [description] = s.[description], [name] = s.[name], [name_key] = s.[name_key], [_source_version] = s.[_source_version], [_full] = s.[_full], [_observed_at] = s.[_observed_at], [_extracted_at] = s.[_extracted_at], [_mapping_hash] = s.[_mapping_hash], [_row_hash] = s.[_row_hash], [_loaded_at] = s.[_loaded_at], [_run_id] = s.[_run_id]
FROM [#rows_PaymentStatus] AS s INNER LOOP JOIN dbo.[PaymentStatus] AS t WITH (UPDLOCK, SERIALIZABLE) ON t.[payment_status_id] = s.[payment_status_id]
WHERE s.[_action] = 2;
SET @updated = @@ROWCOUNT;
UPDATE t SET [_source_version] = s.[_source_version], [_full] = s.[_full], [_observed_at] = s.[_observed_at], [_extracted_at] = s.[_extracted_at], [_mapping_hash] = s.[_mapping_hash]
FROM [#rows_PaymentStatus] AS s INNER LOOP JOIN dbo.[PaymentStatus] AS t WITH (UPDLOCK, SERIALIZABLE) ON t.[payment_status_id] = s.[payment_status_id]
WHERE s.[_action] = 3;
SET @stamped = @@ROWCOUNT;
INSERT INTO dbo.[PaymentStatus] ([payment_status_id], [uri], [description], [name], [name_key], [_source_version], [_full], [_observed_at], [_extracted_at], [_mapping_hash], [_row_hash], [_loaded_at], [_run_id])
SELECT s.[payment_status_id], s.[uri], s.[description], s.[name], s.[name_key], s.[_source_version], s.[_full], s.[_observed_at], s.[_extracted_at], s.[_mapping_hash], s.[_row_hash], s.[_loaded_at], s.[_run_id] FROM [#rows_PaymentStatus] AS s
WHERE s.[_action] = 1 AND NOT EXISTS (SELECT 1 FROM dbo.[PaymentStatus] AS t WITH (UPDLOCK, SERIALIZABLE) WHERE t.[payment_status_id] = s.[payment_status_id])
OPTION (LOOP JOIN);
SET @inserted = @@ROWCOUNT;
TRUNCATE TABLE [#rows_PaymentStatus];
SELECT @updated, @stamped, @unmarked, @inserted

-- PaymentStatus: of another mapping
DROP TABLE [#rows_PaymentStatus]

-- OverflowType: staging
SELECT TOP 0 CAST(0 AS INT) AS [_action], t.[overflow_type_id] AS [overflow_type_id], t.[uri] AS [uri], t.[description] AS [description], t.[name_key] AS [name_key], t.[_source_version] AS [_source_version], t.[_full] AS [_full], t.[_observed_at] AS [_observed_at], t.[_extracted_at] AS [_extracted_at], t.[_mapping_hash] AS [_mapping_hash], t.[_row_hash] AS [_row_hash], t.[_loaded_at] AS [_loaded_at], t.[_run_id] AS [_run_id] INTO [#rows_OverflowType] FROM dbo.[OverflowType] AS t

-- OverflowType: lookup
SELECT k.[n], t.[_source_version], t.[_full], t.[_observed_at], t.[_extracted_at], t.[_mapping_hash], t.[_row_hash], t.[_loaded_at], CAST(NULL AS DATETIME2(6))
FROM [#shared_int] AS k INNER LOOP JOIN dbo.[OverflowType] AS t WITH (UPDLOCK, SERIALIZABLE) ON t.[overflow_type_id] = k.[k] WHERE k.[t] = 12

-- OverflowType: rows that change, move their stamp, or are new
SET NOCOUNT ON;
DECLARE @updated INT = 0, @stamped INT = 0, @unmarked INT = 0, @inserted INT = 0;
UPDATE t SET [uri] = s.[uri], [description] = s.[description], [name_key] = s.[name_key], [_source_version] = s.[_source_version], [_full] = s.[_full], [_observed_at] = s.[_observed_at], [_extracted_at] = s.[_extracted_at], [_mapping_hash] = s.[_mapping_hash], [_row_hash] = s.[_row_hash], [_loaded_at] = s.[_loaded_at], [_run_id] = s.[_run_id]
FROM [#rows_OverflowType] AS s INNER LOOP JOIN dbo.[OverflowType] AS t WITH (UPDLOCK, SERIALIZABLE) ON t.[overflow_type_id] = s.[overflow_type_id]
WHERE s.[_action] = 2;
SET @updated = @@ROWCOUNT;
UPDATE t SET [_source_version] = s.[_source_version], [_full] = s.[_full], [_observed_at] = s.[_observed_at], [_extracted_at] = s.[_extracted_at], [_mapping_hash] = s.[_mapping_hash]
FROM [#rows_OverflowType] AS s INNER LOOP JOIN dbo.[OverflowType] AS t WITH (UPDLOCK, SERIALIZABLE) ON t.[overflow_type_id] = s.[overflow_type_id]
WHERE s.[_action] = 3;
SET @stamped = @@ROWCOUNT;
INSERT INTO dbo.[OverflowType] ([overflow_type_id], [uri], [description], [name_key], [_source_version], [_full], [_observed_at], [_extracted_at], [_mapping_hash], [_row_hash], [_loaded_at], [_run_id])
SELECT s.[overflow_type_id], s.[uri], s.[description], s.[name_key], s.[_source_version], s.[_full], s.[_observed_at], s.[_extracted_at], s.[_mapping_hash], s.[_row_hash], s.[_loaded_at], s.[_run_id] FROM [#rows_OverflowType] AS s
WHERE s.[_action] = 1 AND NOT EXISTS (SELECT 1 FROM dbo.[OverflowType] AS t WITH (UPDLOCK, SERIALIZABLE) WHERE t.[overflow_type_id] = s.[overflow_type_id])
OPTION (LOOP JOIN);
SET @inserted = @@ROWCOUNT;
TRUNCATE TABLE [#rows_OverflowType];
SELECT @updated, @stamped, @unmarked, @inserted

-- OverflowType: of another mapping
DROP TABLE [#rows_OverflowType]

-- EmploymentCategory: staging
SELECT TOP 0 CAST(0 AS INT) AS [_action], t.[employment_category_id] AS [employment_category_id], t.[uri] AS [uri], t.[description] AS [description], t.[name] AS [name], t.[name_key] AS [name_key], t.[_source_version] AS [_source_version], t.[_full] AS [_full], t.[_observed_at] AS [_observed_at], t.[_extracted_at] AS [_extracted_at], t.[_mapping_hash] AS [_mapping_hash], t.[_row_hash] AS [_row_hash], t.[_loaded_at] AS [_loaded_at], t.[_run_id] AS [_run_id] INTO [#rows_EmploymentCategory] FROM dbo.[EmploymentCategory] AS t

-- EmploymentCategory: lookup
SELECT k.[n], t.[_source_version], t.[_full], t.[_observed_at], t.[_extracted_at], t.[_mapping_hash], t.[_row_hash], t.[_loaded_at], CAST(NULL AS DATETIME2(6))
FROM [#shared_int] AS k INNER LOOP JOIN dbo.[EmploymentCategory] AS t WITH (UPDLOCK, SERIALIZABLE) ON t.[employment_category_id] = k.[k] WHERE k.[t] = 13

-- EmploymentCategory: rows that change, move their stamp, or are new
SET NOCOUNT ON;
DECLARE @updated INT = 0, @stamped INT = 0, @unmarked INT = 0, @inserted INT = 0;
UPDATE t SET [uri] = s.[uri], [description] = s.[description], [name] = s.[name], [name_key] = s.[name_key], [_source_version] = s.[_source_version], [_full] = s.[_full], [_observed_at] = s.[_observed_at], [_extracted_at] = s.[_extracted_at], [_mapping_hash] = s.[_mapping_hash], [_row_hash] = s.[_row_hash], [_loaded_at] = s.[_loaded_at], [_run_id] = s.[_run_id]
FROM [#rows_EmploymentCategory] AS s INNER LOOP JOIN dbo.[EmploymentCategory] AS t WITH (UPDLOCK, SERIALIZABLE) ON t.[employment_category_id] = s.[employment_category_id]
WHERE s.[_action] = 2;
SET @updated = @@ROWCOUNT;
UPDATE t SET [_source_version] = s.[_source_version], [_full] = s.[_full], [_observed_at] = s.[_observed_at], [_extracted_at] = s.[_extracted_at], [_mapping_hash] = s.[_mapping_hash]
FROM [#rows_EmploymentCategory] AS s INNER LOOP JOIN dbo.[EmploymentCategory] AS t WITH (UPDLOCK, SERIALIZABLE) ON t.[employment_category_id] = s.[employment_category_id]
WHERE s.[_action] = 3;
SET @stamped = @@ROWCOUNT;
INSERT INTO dbo.[EmploymentCategory] ([employment_category_id], [uri], [description], [name], [name_key], [_source_version], [_full], [_observed_at], [_extracted_at], [_mapping_hash], [_row_hash], [_loaded_at], [_run_id])
SELECT s.[employment_category_id], s.[uri], s.[description], s.[name], s.[name_key], s.[_source_version], s.[_full], s.[_observed_at], s.[_extracted_at], s.[_mapping_hash], s.[_row_hash], s.[_loaded_at], s.[_run_id] FROM [#rows_EmploymentCategory] AS s
WHERE s.[_action] = 1 AND NOT EXISTS (SELECT 1 FROM dbo.[EmploymentCategory] AS t WITH (UPDLOCK, SERIALIZABLE) WHERE t.[employment_category_id] = s.[employment_category_id])
OPTION (LOOP JOIN);
SET @inserted = @@ROWCOUNT;
TRUNCATE TABLE [#rows_EmploymentCategory];
SELECT @updated, @stamped, @unmarked, @inserted

-- EmploymentCategory: of another mapping
DROP TABLE [#rows_EmploymentCategory]

-- SuperBooking: staging
SELECT TOP 0 CAST(0 AS INT) AS [_action], t.[super_booking_id] AS [super_booking_id], t.[uri] AS [uri], t.[uuid] AS [uuid], t.[_source_version] AS [_source_version], t.[_full] AS [_full], t.[_observed_at] AS [_observed_at], t.[_extracted_at] AS [_extracted_at], t.[_mapping_hash] AS [_mapping_hash], t.[_row_hash] AS [_row_hash], t.[_loaded_at] AS [_loaded_at], t.[_run_id] AS [_run_id] INTO [#rows_SuperBooking] FROM dbo.[SuperBooking] AS t

-- SuperBooking: lookup
SELECT k.[n], t.[_source_version], t.[_full], t.[_observed_at], t.[_extracted_at], t.[_mapping_hash], t.[_row_hash], t.[_loaded_at], CAST(NULL AS DATETIME2(6))
FROM [#shared_int] AS k INNER LOOP JOIN dbo.[SuperBooking] AS t WITH (UPDLOCK, SERIALIZABLE) ON t.[super_booking_id] = k.[k] WHERE k.[t] = 14

-- SuperBooking: rows that change, move their stamp, or are new
SET NOCOUNT ON;
DECLARE @updated INT = 0, @stamped INT = 0, @unmarked INT = 0, @inserted INT = 0;
UPDATE t SET [uri] = s.[uri], [uuid] = s.[uuid], [_source_version] = s.[_source_version], [_full] = s.[_full], [_observed_at] = s.[_observed_at], [_extracted_at] = s.[_extracted_at], [_mapping_hash] = s.[_mapping_hash], [_row_hash] = s.[_row_hash], [_loaded_at] = s.[_loaded_at], [_run_id] = s.[_run_id]
FROM [#rows_SuperBooking] AS s INNER LOOP JOIN dbo.[SuperBooking] AS t WITH (UPDLOCK, SERIALIZABLE) ON t.[super_booking_id] = s.[super_booking_id]
WHERE s.[_action] = 2;
SET @updated = @@ROWCOUNT;
UPDATE t SET [_source_version] = s.[_source_version], [_full] = s.[_full], [_observed_at] = s.[_observed_at], [_extracted_at] = s.[_extracted_at], [_mapping_hash] = s.[_mapping_hash]
FROM [#rows_SuperBooking] AS s INNER LOOP JOIN dbo.[SuperBooking] AS t WITH (UPDLOCK, SERIALIZABLE) ON t.[super_booking_id] = s.[super_booking_id]
WHERE s.[_action] = 3;
SET @stamped = @@ROWCOUNT;
INSERT INTO dbo.[SuperBooking] ([super_booking_id], [uri], [uuid], [_source_version], [_full], [_observed_at], [_extracted_at], [_mapping_hash], [_row_hash], [_loaded_at], [_run_id])
SELECT s.[super_booking_id], s.[uri], s.[uuid], s.[_source_version], s.[_full], s.[_observed_at], s.[_extracted_at], s.[_mapping_hash], s.[_row_hash], s.[_loaded_at], s.[_run_id] FROM [#rows_SuperBooking] AS s
WHERE s.[_action] = 1 AND NOT EXISTS (SELECT 1 FROM dbo.[SuperBooking] AS t WITH (UPDLOCK, SERIALIZABLE) WHERE t.[super_booking_id] = s.[super_booking_id])
OPTION (LOOP JOIN);
SET @inserted = @@ROWCOUNT;
TRUNCATE TABLE [#rows_SuperBooking];
SELECT @updated, @stamped, @unmarked, @inserted

-- SuperBooking: of another mapping
DROP TABLE [#rows_SuperBooking]

-- Consumer: staging
SELECT TOP 0 CAST(0 AS INT) AS [_action], t.[consumer_id] AS [consumer_id], t.[uri] AS [uri], t.[display_name] AS [display_name], t.[name] AS [name], t.[uuid] AS [uuid], t.[_source_version] AS [_source_version], t.[_full] AS [_full], t.[_observed_at] AS [_observed_at], t.[_extracted_at] AS [_extracted_at], t.[_mapping_hash] AS [_mapping_hash], t.[_row_hash] AS [_row_hash], t.[_loaded_at] AS [_loaded_at], t.[_run_id] AS [_run_id] INTO [#rows_Consumer] FROM dbo.[Consumer] AS t

-- Consumer: lookup
SELECT k.[n], t.[_source_version], t.[_full], t.[_observed_at], t.[_extracted_at], t.[_mapping_hash], t.[_row_hash], t.[_loaded_at], CAST(NULL AS DATETIME2(6))
FROM [#shared_int] AS k INNER LOOP JOIN dbo.[Consumer] AS t WITH (UPDLOCK, SERIALIZABLE) ON t.[consumer_id] = k.[k] WHERE k.[t] = 15

-- Consumer: rows that change, move their stamp, or are new
SET NOCOUNT ON;
DECLARE @updated INT = 0, @stamped INT = 0, @unmarked INT = 0, @inserted INT = 0;
UPDATE t SET [uri] = s.[uri], [display_name] = s.[display_name], [name] = s.[name], [uuid] = s.[uuid], [_source_version] = s.[_source_version], [_full] = s.[_full], [_observed_at] = s.[_observed_at], [_extracted_at] = s.[_extracted_at], [_mapping_hash] = s.[_mapping_hash], [_row_hash] = s.[_row_hash], [_loaded_at] = s.[_loaded_at], [_run_id] = s.[_run_id]
FROM [#rows_Consumer] AS s INNER LOOP JOIN dbo.[Consumer] AS t WITH (UPDLOCK, SERIALIZABLE) ON t.[consumer_id] = s.[consumer_id]
WHERE s.[_action] = 2;
SET @updated = @@ROWCOUNT;
UPDATE t SET [_source_version] = s.[_source_version], [_full] = s.[_full], [_observed_at] = s.[_observed_at], [_extracted_at] = s.[_extracted_at], [_mapping_hash] = s.[_mapping_hash]
FROM [#rows_Consumer] AS s INNER LOOP JOIN dbo.[Consumer] AS t WITH (UPDLOCK, SERIALIZABLE) ON t.[consumer_id] = s.[consumer_id]
WHERE s.[_action] = 3;
SET @stamped = @@ROWCOUNT;
INSERT INTO dbo.[Consumer] ([consumer_id], [uri], [display_name], [name], [uuid], [_source_version], [_full], [_observed_at], [_extracted_at], [_mapping_hash], [_row_hash], [_loaded_at], [_run_id])
SELECT s.[consumer_id], s.[uri], s.[display_name], s.[name], s.[uuid], s.[_source_version], s.[_full], s.[_observed_at], s.[_extracted_at], s.[_mapping_hash], s.[_row_hash], s.[_loaded_at], s.[_run_id] FROM [#rows_Consumer] AS s
WHERE s.[_action] = 1 AND NOT EXISTS (SELECT 1 FROM dbo.[Consumer] AS t WITH (UPDLOCK, SERIALIZABLE) WHERE t.[consumer_id] = s.[consumer_id])
OPTION (LOOP JOIN);
SET @inserted = @@ROWCOUNT;
TRUNCATE TABLE [#rows_Consumer];
SELECT @updated, @stamped, @unmarked, @inserted

-- Consumer: of another mapping
DROP TABLE [#rows_Consumer]

-- CancellationReason: staging
SELECT TOP 0 CAST(0 AS INT) AS [_action], t.[cancellation_reason_id] AS [cancellation_reason_id], t.[uri] AS [uri], t.[description] AS [description], t.[name] AS [name], t.[name_key] AS [name_key], t.[_source_version] AS [_source_version], t.[_full] AS [_full], t.[_observed_at] AS [_observed_at], t.[_extracted_at] AS [_extracted_at], t.[_mapping_hash] AS [_mapping_hash], t.[_row_hash] AS [_row_hash], t.[_loaded_at] AS [_loaded_at], t.[_run_id] AS [_run_id] INTO [#rows_CancellationReason] FROM dbo.[CancellationReason] AS t

-- CancellationReason: lookup
SELECT k.[n], t.[_source_version], t.[_full], t.[_observed_at], t.[_extracted_at], t.[_mapping_hash], t.[_row_hash], t.[_loaded_at], CAST(NULL AS DATETIME2(6))
FROM [#shared_int] AS k INNER LOOP JOIN dbo.[CancellationReason] AS t WITH (UPDLOCK, SERIALIZABLE) ON t.[cancellation_reason_id] = k.[k] WHERE k.[t] = 16

-- CancellationReason: rows that change, move their stamp, or are new
SET NOCOUNT ON;
DECLARE @updated INT = 0, @stamped INT = 0, @unmarked INT = 0, @inserted INT = 0;
UPDATE t SET [uri] = s.[uri], [description] = s.[description], [name] = s.[name], [name_key] = s.[name_key], [_source_version] = s.[_source_version], [_full] = s.[_full], [_observed_at] = s.[_observed_at], [_extracted_at] = s.[_extracted_at], [_mapping_hash] = s.[_mapping_hash], [_row_hash] = s.[_row_hash], [_loaded_at] = s.[_loaded_at], [_run_id] = s.[_run_id]
FROM [#rows_CancellationReason] AS s INNER LOOP JOIN dbo.[CancellationReason] AS t WITH (UPDLOCK, SERIALIZABLE) ON t.[cancellation_reason_id] = s.[cancellation_reason_id]
WHERE s.[_action] = 2;
SET @updated = @@ROWCOUNT;
UPDATE t SET [_source_version] = s.[_source_version], [_full] = s.[_full], [_observed_at] = s.[_observed_at], [_extracted_at] = s.[_extracted_at], [_mapping_hash] = s.[_mapping_hash]
FROM [#rows_CancellationReason] AS s INNER LOOP JOIN dbo.[CancellationReason] AS t WITH (UPDLOCK, SERIALIZABLE) ON t.[cancellation_reason_id] = s.[cancellation_reason_id]
WHERE s.[_action] = 3;
SET @stamped = @@ROWCOUNT;
INSERT INTO dbo.[CancellationReason] ([cancellation_reason_id], [uri], [description], [name], [name_key], [_source_version], [_full], [_observed_at], [_extracted_at], [_mapping_hash], [_row_hash], [_loaded_at], [_run_id])
SELECT s.[cancellation_reason_id], s.[uri], s.[description], s.[name], s.[name_key], s.[_source_version], s.[_full], s.[_observed_at], s.[_extracted_at], s.[_mapping_hash], s.[_row_hash], s.[_loaded_at], s.[_run_id] FROM [#rows_CancellationReason] AS s
WHERE s.[_action] = 1 AND NOT EXISTS (SELECT 1 FROM dbo.[CancellationReason] AS t WITH (UPDLOCK, SERIALIZABLE) WHERE t.[cancellation_reason_id] = s.[cancellation_reason_id])
OPTION (LOOP JOIN);
SET @inserted = @@ROWCOUNT;
TRUNCATE TABLE [#rows_CancellationReason];
SELECT @updated, @stamped, @unmarked, @inserted

-- CancellationReason: of another mapping
DROP TABLE [#rows_CancellationReason]

-- RatePlan: staging
SELECT TOP 0 CAST(0 AS INT) AS [_action], t.[rate_plan_id] AS [rate_plan_id], t.[uri] AS [uri], t.[version_value] AS [version_value], t.[name] AS [name], t.[name_key] AS [name_key], t.[description] AS [description], t.[message] AS [message], t.[active] AS [active], t.[default_rate_plan] AS [default_rate_plan], t.[duration_override_hrs] AS [duration_override_hrs], t.[rate_override] AS [rate_override], t.[mileage] AS [mileage], t.[mileage_threshold] AS [mileage_threshold], t.[type_id] AS [type_id], t.[type_name] AS [type_name], t.[created_by] AS [created_by], t.[created_date] AS [created_date], t.[last_modified_by] AS [last_modified_by], t.[last_modified_date] AS [last_modified_date], t.[uuid] AS [uuid], t.[_source_version] AS [_source_version], t.[_full] AS [_full], t.[_observed_at] AS [_observed_at], t.[_extracted_at] AS [_extracted_at], t.[_mapping_hash] AS [_mapping_hash], t.[_row_hash] AS [_row_hash], t.[_loaded_at] AS [_loaded_at], t.[_run_id] AS [_run_id] INTO [#rows_RatePlan] FROM dbo.[RatePlan] AS t

-- RatePlan: lookup
SELECT k.[n], t.[_source_version], t.[_full], t.[_observed_at], t.[_extracted_at], t.[_mapping_hash], t.[_row_hash], t.[_loaded_at], CAST(NULL AS DATETIME2(6))
FROM [#shared_int] AS k INNER LOOP JOIN dbo.[RatePlan] AS t WITH (UPDLOCK, SERIALIZABLE) ON t.[rate_plan_id] = k.[k] WHERE k.[t] = 17

-- RatePlan: rows that change, move their stamp, or are new
SET NOCOUNT ON;
DECLARE @updated INT = 0, @stamped INT = 0, @unmarked INT = 0, @inserted INT = 0;
UPDATE t SET [uri] = s.[uri], [version_value] = s.[version_value], [name] = s.[name], [name_key] = s.[name_key], [description] = s.[description], [message] = s.[message], [active] = s.[active], [default_rate_plan] = s.[default_rate_plan], [duration_override_hrs] = s.[duration_override_hrs], [rate_override] = s.[rate_override], [mileage] = s.[mileage], [mileage_threshold] = s.[mileage_threshold], [type_id] = s.[type_id], [type_name] = s.[type_name], [created_by] = s.[created_by], [created_date] = s.[created_date], [last_modified_by] = s.[last_modified_by], [last_modified_date] = s.[last_modified_date], [uuid] = s.[uuid], [_source_version] = s.[_source_version], [_full] = s.[_full], [_observed_at] = s.[_observed_at], [_extracted_at] = s.[_extracted_at], [_mapping_hash] = s.[_mapping_hash], [_row_hash] = s.[_row_hash], [_loaded_at] = s.[_loaded_at], [_run_id] = s.[_run_id]
FROM [#rows_RatePlan] AS s INNER LOOP JOIN dbo.[RatePlan] AS t WITH (UPDLOCK, SERIALIZABLE) ON t.[rate_plan_id] = s.[rate_plan_id]
WHERE s.[_action] = 2;
SET @updated = @@ROWCOUNT;
UPDATE t SET [_source_version] = s.[_source_version], [_full] = s.[_full], [_observed_at] = s.[_observed_at], [_extracted_at] = s.[_extracted_at], [_mapping_hash] = s.[_mapping_hash]
FROM [#rows_RatePlan] AS s INNER LOOP JOIN dbo.[RatePlan] AS t WITH (UPDLOCK, SERIALIZABLE) ON t.[rate_plan_id] = s.[rate_plan_id]
WHERE s.[_action] = 3;
SET @stamped = @@ROWCOUNT;
INSERT INTO dbo.[RatePlan] ([rate_plan_id], [uri], [version_value], [name], [name_key], [description], [message], [active], [default_rate_plan], [duration_override_hrs], [rate_override], [mileage], [mileage_threshold], [type_id], [type_name], [created_by], [created_date], [last_modified_by], [last_modified_date], [uuid], [_source_version], [_full], [_observed_at], [_extracted_at], [_mapping_hash], [_row_hash], [_loaded_at], [_run_id])
SELECT s.[rate_plan_id], s.[uri], s.[version_value], s.[name], s.[name_key], s.[description], s.[message], s.[active], s.[default_rate_plan], s.[duration_override_hrs], s.[rate_override], s.[mileage], s.[mileage_threshold], s.[type_id], s.[type_name], s.[created_by], s.[created_date], s.[last_modified_by], s.[last_modified_date], s.[uuid], s.[_source_version], s.[_full], s.[_observed_at], s.[_extracted_at], s.[_mapping_hash], s.[_row_hash], s.[_loaded_at], s.[_run_id] FROM [#rows_RatePlan] AS s
WHERE s.[_action] = 1 AND NOT EXISTS (SELECT 1 FROM dbo.[RatePlan] AS t WITH (UPDLOCK, SERIALIZABLE) WHERE t.[rate_plan_id] = s.[rate_plan_id])
OPTION (LOOP JOIN);
SET @inserted = @@ROWCOUNT;
TRUNCATE TABLE [#rows_RatePlan];
SELECT @updated, @stamped, @unmarked, @inserted

-- RatePlan: of another mapping
DROP TABLE [#rows_RatePlan]

-- BusinessUnit: staging
SELECT TOP 0 CAST(0 AS INT) AS [_action], t.[business_unit_id] AS [business_unit_id], t.[uri] AS [uri], t.[description] AS [description], t.[name] AS [name], t.[name_key] AS [name_key], t.[uuid] AS [uuid], t.[_source_version] AS [_source_version], t.[_full] AS [_full], t.[_observed_at] AS [_observed_at], t.[_extracted_at] AS [_extracted_at], t.[_mapping_hash] AS [_mapping_hash], t.[_row_hash] AS [_row_hash], t.[_loaded_at] AS [_loaded_at], t.[_run_id] AS [_run_id] INTO [#rows_BusinessUnit] FROM dbo.[BusinessUnit] AS t

-- BusinessUnit: lookup
SELECT k.[n], t.[_source_version], t.[_full], t.[_observed_at], t.[_extracted_at], t.[_mapping_hash], t.[_row_hash], t.[_loaded_at], CAST(NULL AS DATETIME2(6))
FROM [#shared_int] AS k INNER LOOP JOIN dbo.[BusinessUnit] AS t WITH (UPDLOCK, SERIALIZABLE) ON t.[business_unit_id] = k.[k] WHERE k.[t] = 18

-- BusinessUnit: rows that change, move their stamp, or are new
SET NOCOUNT ON;
DECLARE @updated INT = 0, @stamped INT = 0, @unmarked INT = 0, @inserted INT = 0;
UPDATE t SET [uri] = s.[uri], [description] = s.[description], [name] = s.[name], [name_key] = s.[name_key], [uuid] = s.[uuid], [_source_version] = s.[_source_version], [_full] = s.[_full], [_observed_at] = s.[_observed_at], [_extracted_at] = s.[_extracted_at], [_mapping_hash] = s.[_mapping_hash], [_row_hash] = s.[_row_hash], [_loaded_at] = s.[_loaded_at], [_run_id] = s.[_run_id]
FROM [#rows_BusinessUnit] AS s INNER LOOP JOIN dbo.[BusinessUnit] AS t WITH (UPDLOCK, SERIALIZABLE) ON t.[business_unit_id] = s.[business_unit_id]
WHERE s.[_action] = 2;
SET @updated = @@ROWCOUNT;
UPDATE t SET [_source_version] = s.[_source_version], [_full] = s.[_full], [_observed_at] = s.[_observed_at], [_extracted_at] = s.[_extracted_at], [_mapping_hash] = s.[_mapping_hash]
FROM [#rows_BusinessUnit] AS s INNER LOOP JOIN dbo.[BusinessUnit] AS t WITH (UPDLOCK, SERIALIZABLE) ON t.[business_unit_id] = s.[business_unit_id]
WHERE s.[_action] = 3;
SET @stamped = @@ROWCOUNT;
INSERT INTO dbo.[BusinessUnit] ([business_unit_id], [uri], [description], [name], [name_key], [uuid], [_source_version], [_full], [_observed_at], [_extracted_at], [_mapping_hash], [_row_hash], [_loaded_at], [_run_id])
SELECT s.[business_unit_id], s.[uri], s.[description], s.[name], s.[name_key], s.[uuid], s.[_source_version], s.[_full], s.[_observed_at], s.[_extracted_at], s.[_mapping_hash], s.[_row_hash], s.[_loaded_at], s.[_run_id] FROM [#rows_BusinessUnit] AS s
WHERE s.[_action] = 1 AND NOT EXISTS (SELECT 1 FROM dbo.[BusinessUnit] AS t WITH (UPDLOCK, SERIALIZABLE) WHERE t.[business_unit_id] = s.[business_unit_id])
OPTION (LOOP JOIN);
SET @inserted = @@ROWCOUNT;
TRUNCATE TABLE [#rows_BusinessUnit];
SELECT @updated, @stamped, @unmarked, @inserted

-- BusinessUnit: of another mapping
DROP TABLE [#rows_BusinessUnit]

-- RequirementCriteria: staging
SELECT TOP 0 CAST(0 AS INT) AS [_action], t.[criteria_id] AS [criteria_id], t.[uri] AS [uri], t.[description] AS [description], t.[name] AS [name], t.[preset_criteria] AS [preset_criteria], t.[type_id] AS [type_id], t.[type_name] AS [type_name], t.[type_name_key] AS [type_name_key], t.[_source_version] AS [_source_version], t.[_full] AS [_full], t.[_observed_at] AS [_observed_at], t.[_extracted_at] AS [_extracted_at], t.[_mapping_hash] AS [_mapping_hash], t.[_row_hash] AS [_row_hash], t.[_loaded_at] AS [_loaded_at], t.[_run_id] AS [_run_id] INTO [#rows_RequirementCriteria] FROM dbo.[RequirementCriteria] AS t

-- RequirementCriteria: lookup
SELECT k.[n], t.[_source_version], t.[_full], t.[_observed_at], t.[_extracted_at], t.[_mapping_hash], t.[_row_hash], t.[_loaded_at], CAST(NULL AS DATETIME2(6))
FROM [#shared_int] AS k INNER LOOP JOIN dbo.[RequirementCriteria] AS t WITH (UPDLOCK, SERIALIZABLE) ON t.[criteria_id] = k.[k] WHERE k.[t] = 19

-- RequirementCriteria: rows that change, move their stamp, or are new
SET NOCOUNT ON;
DECLARE @updated INT = 0, @stamped INT = 0, @unmarked INT = 0, @inserted INT = 0;
UPDATE t SET [uri] = s.[uri], [description] = s.[description], [name] = s.[name], [preset_criteria] = s.[preset_criteria], [type_id] = s.[type_id], [type_name] = s.[type_name], [type_name_key] = s.[type_name_key], [_source_version] = s.[_source_version], [_full] = s.[_full], [_observed_at] = s.[_observed_at], [_extracted_at] = s.[_extracted_at], [_mapping_hash] = s.[_mapping_hash], [_row_hash] = s.[_row_hash], [_loaded_at] = s.[_loaded_at], [_run_id] = s.[_run_id]
FROM [#rows_RequirementCriteria] AS s INNER LOOP JOIN dbo.[RequirementCriteria] AS t WITH (UPDLOCK, SERIALIZABLE) ON t.[criteria_id] = s.[criteria_id]
WHERE s.[_action] = 2;
SET @updated = @@ROWCOUNT;
UPDATE t SET [_source_version] = s.[_source_version], [_full] = s.[_full], [_observed_at] = s.[_observed_at], [_extracted_at] = s.[_extracted_at], [_mapping_hash] = s.[_mapping_hash]
FROM [#rows_RequirementCriteria] AS s INNER LOOP JOIN dbo.[RequirementCriteria] AS t WITH (UPDLOCK, SERIALIZABLE) ON t.[criteria_id] = s.[criteria_id]
WHERE s.[_action] = 3;
SET @stamped = @@ROWCOUNT;
INSERT INTO dbo.[RequirementCriteria] ([criteria_id], [uri], [description], [name], [preset_criteria], [type_id], [type_name], [type_name_key], [_source_version], [_full], [_observed_at], [_extracted_at], [_mapping_hash], [_row_hash], [_loaded_at], [_run_id])
SELECT s.[criteria_id], s.[uri], s.[description], s.[name], s.[preset_criteria], s.[type_id], s.[type_name], s.[type_name_key], s.[_source_version], s.[_full], s.[_observed_at], s.[_extracted_at], s.[_mapping_hash], s.[_row_hash], s.[_loaded_at], s.[_run_id] FROM [#rows_RequirementCriteria] AS s
WHERE s.[_action] = 1 AND NOT EXISTS (SELECT 1 FROM dbo.[RequirementCriteria] AS t WITH (UPDLOCK, SERIALIZABLE) WHERE t.[criteria_id] = s.[criteria_id])
OPTION (LOOP JOIN);
SET @inserted = @@ROWCOUNT;
TRUNCATE TABLE [#rows_RequirementCriteria];
SELECT @updated, @stamped, @unmarked, @inserted

-- RequirementCriteria: of another mapping
DROP TABLE [#rows_RequirementCriteria]

-- Customer: staging
SELECT TOP 0 CAST(0 AS INT) AS [_action], t.[customer_id] AS [customer_id], t.[uri] AS [uri], t.[version_value] AS [version_value], t.[access_code] AS [access_code], t.[accounting_reference] AS [accounting_reference], t.[contract_type_id] AS [contract_type_id], t.[display_name] AS [display_name], t.[name] AS [name], t.[uuid] AS [uuid], t.[company_id] AS [company_id], t.[config_id] AS [config_id], t.[parent_accounting_ref] AS [parent_accounting_ref], t.[payment_days_due] AS [payment_days_due], t.[payment_terms] AS [payment_terms], t.[enable_all_services] AS [enable_all_services], t.[umbrella_number] AS [umbrella_number], t.[website] AS [website], t.[status_name] AS [status_name], t.[status_name_key] AS [status_name_key], t.[active] AS [active], t.[last_modified_by] AS [last_modified_by], t.[last_modified_date] AS [last_modified_date], t.[created_by] AS [created_by], t.[created_date] AS [created_date], t.[customer_special_instructions] AS [customer_special_instructions], t.[account_executive] AS [account_executive], t.[account_manager] AS [account_manager], t.[accounting_sick_leave_code] AS [accounting_sick_leave_code], t.[billing_account] AS [billing_account], t.[billing_method] AS [billing_method], t.[notes] AS [notes], t.[parent_name] AS [parent_name], t.[purchase_order_number] AS [purchase_order_number], t.[is_synchronized] AS [is_synchronized], t.[is_synchronized_manually] AS [is_synchronized_manually], t.[last_synchronized_date] AS [last_synchronized_date], t.[_source_version] AS [_source_version], t.[_full] AS [_full], t.[_observed_at] AS [_observed_at], t.[_extracted_at] AS [_extracted_at], t.[_mapping_hash] AS [_mapping_hash], t.[_row_hash] AS [_row_hash], t.[_loaded_at] AS [_loaded_at], t.[_run_id] AS [_run_id] INTO [#rows_Customer] FROM dbo.[Customer] AS t

-- Customer: lookup
SELECT k.[n], t.[_source_version], t.[_full], t.[_observed_at], t.[_extracted_at], t.[_mapping_hash], t.[_row_hash], t.[_loaded_at], CAST(NULL AS DATETIME2(6))
FROM [#shared_int] AS k INNER LOOP JOIN dbo.[Customer] AS t WITH (UPDLOCK, SERIALIZABLE) ON t.[customer_id] = k.[k] WHERE k.[t] = 20

-- Customer: rows that change, move their stamp, or are new
SET NOCOUNT ON;
DECLARE @updated INT = 0, @stamped INT = 0, @unmarked INT = 0, @inserted INT = 0;
UPDATE t SET [uri] = s.[uri], [version_value] = s.[version_value], [access_code] = s.[access_code], [accounting_reference] = s.[accounting_reference], [contract_type_id] = s.[contract_type_id], [display_name] = s.[display_name], [name] = s.[name], [uuid] = s.[uuid], [company_id] = s.[company_id], [config_id] = s.[config_id], [parent_accounting_ref] = s.[parent_accounting_ref], [payment_days_due] = s.[payment_days_due], [payment_terms] = s.[payment_terms], [enable_all_services] = s.[enable_all_services], [umbrella_number] = s.[umbrella_number], [website] = s.[website], [status_name] = s.[status_name], [status_name_key] = s.[status_name_key], [active] = s.[active], [last_modified_by] = s.[last_modified_by], [last_modified_date] = s.[last_modified_date], [created_by] = s.[created_by], [created_date] = s.[created_date], [customer_special_instructions] = s.[customer_special_instructions], [account_executive] = s.[account_executive], [account_manager] = s.[account_manager], [accounting_sick_leave_code] = s.[accounting_sick_leave_code], [billing_account] = s.[billing_account], [billing_method] = s.[billing_method], [notes] = s.[notes], [parent_name] = s.[parent_name], [purchase_order_number] = s.[purchase_order_number], [is_synchronized] = s.[is_synchronized], [is_synchronized_manually] = s.[is_synchronized_manually], [last_synchronized_date] = s.[last_synchronized_date], [_source_version] = s.[_source_version], [_full] = s.[_full], [_observed_at] = s.[_observed_at], [_extracted_at] = s.[_extracted_at], [_mapping_hash] = s.[_mapping_hash], [_row_hash] = s.[_row_hash], [_loaded_at] = s.[_loaded_at], [_run_id] = s.[_run_id]
FROM [#rows_Customer] AS s INNER LOOP JOIN dbo.[Customer] AS t WITH (UPDLOCK, SERIALIZABLE) ON t.[customer_id] = s.[customer_id]
WHERE s.[_action] = 2;
SET @updated = @@ROWCOUNT;
UPDATE t SET [_source_version] = s.[_source_version], [_full] = s.[_full], [_observed_at] = s.[_observed_at], [_extracted_at] = s.[_extracted_at], [_mapping_hash] = s.[_mapping_hash]
FROM [#rows_Customer] AS s INNER LOOP JOIN dbo.[Customer] AS t WITH (UPDLOCK, SERIALIZABLE) ON t.[customer_id] = s.[customer_id]
WHERE s.[_action] = 3;
SET @stamped = @@ROWCOUNT;
INSERT INTO dbo.[Customer] ([customer_id], [uri], [version_value], [access_code], [accounting_reference], [contract_type_id], [display_name], [name], [uuid], [company_id], [config_id], [parent_accounting_ref], [payment_days_due], [payment_terms], [enable_all_services], [umbrella_number], [website], [status_name], [status_name_key], [active], [last_modified_by], [last_modified_date], [created_by], [created_date], [customer_special_instructions], [account_executive], [account_manager], [accounting_sick_leave_code], [billing_account], [billing_method], [notes], [parent_name], [purchase_order_number], [is_synchronized], [is_synchronized_manually], [last_synchronized_date], [_source_version], [_full], [_observed_at], [_extracted_at], [_mapping_hash], [_row_hash], [_loaded_at], [_run_id])
SELECT s.[customer_id], s.[uri], s.[version_value], s.[access_code], s.[accounting_reference], s.[contract_type_id], s.[display_name], s.[name], s.[uuid], s.[company_id], s.[config_id], s.[parent_accounting_ref], s.[payment_days_due], s.[payment_terms], s.[enable_all_services], s.[umbrella_number], s.[website], s.[status_name], s.[status_name_key], s.[active], s.[last_modified_by], s.[last_modified_date], s.[created_by], s.[created_date], s.[customer_special_instructions], s.[account_executive], s.[account_manager], s.[accounting_sick_leave_code], s.[billing_account], s.[billing_method], s.[notes], s.[parent_name], s.[purchase_order_number], s.[is_synchronized], s.[is_synchronized_manually], s.[last_synchronized_date], s.[_source_version], s.[_full], s.[_observed_at], s.[_extracted_at], s.[_mapping_hash], s.[_row_hash], s.[_loaded_at], s.[_run_id] FROM [#rows_Customer] AS s
WHERE s.[_action] = 1 AND NOT EXISTS (SELECT 1 FROM dbo.[Customer] AS t WITH (UPDLOCK, SERIALIZABLE) WHERE t.[customer_id] = s.[customer_id])
OPTION (LOOP JOIN);
SET @inserted = @@ROWCOUNT;
TRUNCATE TABLE [#rows_Customer];
SELECT @updated, @stamped, @unmarked, @inserted

-- Customer: of another mapping
DROP TABLE [#rows_Customer]

-- Interpreter: staging
SELECT TOP 0 CAST(0 AS INT) AS [_action], t.[interpreter_id] AS [interpreter_id], t.[uri] AS [uri], t.[display_name] AS [display_name], t.[name] AS [name], t.[first_name] AS [first_name], t.[last_name] AS [last_name], t.[middle_name] AS [middle_name], t.[nick_name] AS [nick_name], t.[gender_id] AS [gender_id], t.[time_zone] AS [time_zone], t.[time_zone_display_name] AS [time_zone_display_name], t.[primary_email] AS [primary_email], t.[primary_phone] AS [primary_phone], t.[payment_method_id] AS [payment_method_id], t.[employment_category_id] AS [employment_category_id], t.[assignment_tier_id] AS [assignment_tier_id], t.[out_of_office] AS [out_of_office], t.[out_of_office_since] AS [out_of_office_since], t.[enable_all_services] AS [enable_all_services], t.[currency_code] AS [currency_code], t.[region] AS [region], t.[active_note] AS [active_note], t.[uuid] AS [uuid], t.[created_by] AS [created_by], t.[created_date] AS [created_date], t.[last_modified_by] AS [last_modified_by], t.[last_modified_date] AS [last_modified_date], t.[iol_nrcpd_number] AS [iol_nrcpd_number], t.[re_activation_date] AS [re_activation_date], t.[referral_source] AS [referral_source], t.[recruiter_name] AS [recruiter_name], t.[has_children] AS [has_children], t.[has_transportation] AS [has_transportation], t.[search_radius] AS [search_radius], t.[induction_date] AS [induction_date], t.[date_photo_sent_to_interpreter] AS [date_photo_sent_to_interpreter], t.[date_photo_sent_to_printer] AS [date_photo_sent_to_printer], t.[document_id] AS [document_id], t.[eft_id] AS [eft_id], t.[sort_code] AS [sort_code], t.[swift] AS [swift], t.[iban] AS [iban], t.[bank_account] AS [bank_account], t.[bank_account_description] AS [bank_account_description], t.[bank_account_reference] AS [bank_account_reference], t.[bank_branch] AS [bank_branch], t.[routing_pstn] AS [routing_pstn], t.[is_synchronized] AS [is_synchronized], t.[is_synchronized_manually] AS [is_synchronized_manually], t.[last_synchronized_date] AS [last_synchronized_date], t.[original_start_date] AS [original_start_date], t.[notes] AS [notes], t.[taleo_id] AS [taleo_id], t.[_source_version] AS [_source_version], t.[_full] AS [_full], t.[_observed_at] AS [_observed_at], t.[_extracted_at] AS [_extracted_at], t.[_mapping_hash] AS [_mapping_hash], t.[_row_hash] AS [_row_hash], t.[_loaded_at] AS [_loaded_at], t.[_run_id] AS [_run_id] INTO [#rows_Interpreter] FROM dbo.[Interpreter] AS t

-- Interpreter: lookup
SELECT k.[n], t.[_source_version], t.[_full], t.[_observed_at], t.[_extracted_at], t.[_mapping_hash], t.[_row_hash], t.[_loaded_at], CAST(NULL AS DATETIME2(6))
FROM [#shared_int] AS k INNER LOOP JOIN dbo.[Interpreter] AS t WITH (UPDLOCK, SERIALIZABLE) ON t.[interpreter_id] = k.[k] WHERE k.[t] = 21

-- Interpreter: rows that change, move their stamp, or are new
SET NOCOUNT ON;
DECLARE @updated INT = 0, @stamped INT = 0, @unmarked INT = 0, @inserted INT = 0;
UPDATE t SET [uri] = s.[uri], [display_name] = s.[display_name], [name] = s.[name], [first_name] = s.[first_name], [last_name] = s.[last_name], [middle_name] = s.[middle_name], [nick_name] = s.[nick_name], [gender_id] = s.[gender_id], [time_zone] = s.[time_zone], [time_zone_display_name] = s.[time_zone_display_name], [primary_email] = s.[primary_email], [primary_phone] = s.[primary_phone], [payment_method_id] = s.[payment_method_id], [employment_category_id] = s.[employment_category_id], [assignment_tier_id] = s.[assignment_tier_id], [out_of_office] = s.[out_of_office], [out_of_office_since] = s.[out_of_office_since], [enable_all_services] = s.[enable_all_services], [currency_code] = s.[currency_code], [region] = s.[region], [active_note] = s.[active_note], [uuid] = s.[uuid], [created_by] = s.[created_by], [created_date] = s.[created_date], [last_modified_by] = s.[last_modified_by], [last_modified_date] = s.[last_modified_date], [iol_nrcpd_number] = s.[iol_nrcpd_number], [re_activation_date] = s.[re_activation_date], [referral_source] = s.[referral_source], [recruiter_name] = s.[recruiter_name], [has_children] = s.[has_children], [has_transportation] = s.[has_transportation], [search_radius] = s.[search_radius], [induction_date] = s.[induction_date], [date_photo_sent_to_interpreter] = s.[date_photo_sent_to_interpreter], [date_photo_sent_to_printer] = s.[date_photo_sent_to_printer], [document_id] = s.[document_id], [eft_id] = s.[eft_id], [sort_code] = s.[sort_code], [swift] = s.[swift], [iban] = s.[iban], [bank_account] = s.[bank_account], [bank_account_description] = s.[bank_account_description], [bank_account_reference] = s.[bank_account_reference], [bank_branch] = s.[bank_branch], [routing_pstn] = s.[routing_pstn], [is_synchronized] = s.[is_synchronized], [is_synchronized_manually] = s.[is_synchronized_manually], [last_synchronized_date] = s.[last_synchronized_date], [original_start_date] = s.[original_start_date], [notes] = s.[notes], [taleo_id] = s.[taleo_id], [_source_version] = s.[_source_version], [_full] = s.[_full], [_observed_at] = s.[_observed_at], [_extracted_at] = s.[_extracted_at], [_mapping_hash] = s.[_mapping_hash], [_row_hash] = s.[_row_hash], [_loaded_at] = s.[_loaded_at], [_run_id] = s.[_run_id]
FROM [#rows_Interpreter] AS s INNER LOOP JOIN dbo.[Interpreter] AS t WITH (UPDLOCK, SERIALIZABLE) ON t.[interpreter_id] = s.[interpreter_id]
WHERE s.[_action] = 2;
SET @updated = @@ROWCOUNT;
UPDATE t SET [_source_version] = s.[_source_version], [_full] = s.[_full], [_observed_at] = s.[_observed_at], [_extracted_at] = s.[_extracted_at], [_mapping_hash] = s.[_mapping_hash]
FROM [#rows_Interpreter] AS s INNER LOOP JOIN dbo.[Interpreter] AS t WITH (UPDLOCK, SERIALIZABLE) ON t.[interpreter_id] = s.[interpreter_id]
WHERE s.[_action] = 3;
SET @stamped = @@ROWCOUNT;
INSERT INTO dbo.[Interpreter] ([interpreter_id], [uri], [display_name], [name], [first_name], [last_name], [middle_name], [nick_name], [gender_id], [time_zone], [time_zone_display_name], [primary_email], [primary_phone], [payment_method_id], [employment_category_id], [assignment_tier_id], [out_of_office], [out_of_office_since], [enable_all_services], [currency_code], [region], [active_note], [uuid], [created_by], [created_date], [last_modified_by], [last_modified_date], [iol_nrcpd_number], [re_activation_date], [referral_source], [recruiter_name], [has_children], [has_transportation], [search_radius], [induction_date], [date_photo_sent_to_interpreter], [date_photo_sent_to_printer], [document_id], [eft_id], [sort_code], [swift], [iban], [bank_account], [bank_account_description], [bank_account_reference], [bank_branch], [routing_pstn], [is_synchronized], [is_synchronized_manually], [last_synchronized_date], [original_start_date], [notes], [taleo_id], [_source_version], [_full], [_observed_at], [_extracted_at], [_mapping_hash], [_row_hash], [_loaded_at], [_run_id])
SELECT s.[interpreter_id], s.[uri], s.[display_name], s.[name], s.[first_name], s.[last_name], s.[middle_name], s.[nick_name], s.[gender_id], s.[time_zone], s.[time_zone_display_name], s.[primary_email], s.[primary_phone], s.[payment_method_id], s.[employment_category_id], s.[assignment_tier_id], s.[out_of_office], s.[out_of_office_since], s.[enable_all_services], s.[currency_code], s.[region], s.[active_note], s.[uuid], s.[created_by], s.[created_date], s.[last_modified_by], s.[last_modified_date], s.[iol_nrcpd_number], s.[re_activation_date], s.[referral_source], s.[recruiter_name], s.[has_children], s.[has_transportation], s.[search_radius], s.[induction_date], s.[date_photo_sent_to_interpreter], s.[date_photo_sent_to_printer], s.[document_id], s.[eft_id], s.[sort_code], s.[swift], s.[iban], s.[bank_account], s.[bank_account_description], s.[bank_account_reference], s.[bank_branch], s.[routing_pstn], s.[is_synchronized], s.[is_synchronized_manually], s.[last_synchronized_date], s.[original_start_date], s.[notes], s.[taleo_id], s.[_source_version], s.[_full], s.[_observed_at], s.[_extracted_at], s.[_mapping_hash], s.[_row_hash], s.[_loaded_at], s.[_run_id] FROM [#rows_Interpreter] AS s
WHERE s.[_action] = 1 AND NOT EXISTS (SELECT 1 FROM dbo.[Interpreter] AS t WITH (UPDLOCK, SERIALIZABLE) WHERE t.[interpreter_id] = s.[interpreter_id])
OPTION (LOOP JOIN);
SET @inserted = @@ROWCOUNT;
TRUNCATE TABLE [#rows_Interpreter];
SELECT @updated, @stamped, @unmarked, @inserted

-- Interpreter: of another mapping
DROP TABLE [#rows_Interpreter]

-- Requestor: staging
SELECT TOP 0 CAST(0 AS INT) AS [_action], t.[requestor_id] AS [requestor_id], t.[uri] AS [uri], t.[display_label] AS [display_label], t.[display_name] AS [display_name], t.[name] AS [name], t.[email] AS [email], t.[number] AS [number], t.[account_locked] AS [account_locked], t.[account_expired] AS [account_expired], t.[enabled] AS [enabled], t.[password_expired] AS [password_expired], t.[password_last_change] AS [password_last_change], t.[locale_or_default] AS [locale_or_default], t.[uuid] AS [uuid], t.[created_date] AS [created_date], t.[last_modified_date] AS [last_modified_date], t.[can_switch_location] AS [can_switch_location], t.[fax_number] AS [fax_number], t.[other] AS [other], t.[mfa_enabled] AS [mfa_enabled], t.[mfa_method] AS [mfa_method], t.[username] AS [username], t.[primary_company_id] AS [primary_company_id], t.[tz] AS [tz], t.[associations_uri] AS [associations_uri], t.[business_units_uri] AS [business_units_uri], t.[client_association_id] AS [client_association_id], t.[customer_association_id] AS [customer_association_id], t.[password_last_change_str] AS [password_last_change_str], t.[_source_version] AS [_source_version], t.[_full] AS [_full], t.[_observed_at] AS [_observed_at], t.[_extracted_at] AS [_extracted_at], t.[_mapping_hash] AS [_mapping_hash], t.[_row_hash] AS [_row_hash], t.[_loaded_at] AS [_loaded_at], t.[_run_id] AS [_run_id] INTO [#rows_Requestor] FROM dbo.[Requestor] AS t

-- Requestor: lookup
SELECT k.[n], t.[_source_version], t.[_full], t.[_observed_at], t.[_extracted_at], t.[_mapping_hash], t.[_row_hash], t.[_loaded_at], CAST(NULL AS DATETIME2(6))
FROM [#shared_int] AS k INNER LOOP JOIN dbo.[Requestor] AS t WITH (UPDLOCK, SERIALIZABLE) ON t.[requestor_id] = k.[k] WHERE k.[t] = 22

-- Requestor: rows that change, move their stamp, or are new
SET NOCOUNT ON;
DECLARE @updated INT = 0, @stamped INT = 0, @unmarked INT = 0, @inserted INT = 0;
UPDATE t SET [uri] = s.[uri], [display_label] = s.[display_label], [display_name] = s.[display_name], [name] = s.[name], [email] = s.[email], [number] = s.[number], [account_locked] = s.[account_locked], [account_expired] = s.[account_expired], [enabled] = s.[enabled], [password_expired] = s.[password_expired], [password_last_change] = s.[password_last_change], [locale_or_default] = s.[locale_or_default], [uuid] = s.[uuid], [created_date] = s.[created_date], [last_modified_date] = s.[last_modified_date], [can_switch_location] = s.[can_switch_location], [fax_number] = s.[fax_number], [other] = s.[other], [mfa_enabled] = s.[mfa_enabled], [mfa_method] = s.[mfa_method], [username] = s.[username], [primary_company_id] = s.[primary_company_id], [tz] = s.[tz], [associations_uri] = s.[associations_uri], [business_units_uri] = s.[business_units_uri], [client_association_id] = s.[client_association_id], [customer_association_id] = s.[customer_association_id], [password_last_change_str] = s.[password_last_change_str], [_source_version] = s.[_source_version], [_full] = s.[_full], [_observed_at] = s.[_observed_at], [_extracted_at] = s.[_extracted_at], [_mapping_hash] = s.[_mapping_hash], [_row_hash] = s.[_row_hash], [_loaded_at] = s.[_loaded_at], [_run_id] = s.[_run_id]
FROM [#rows_Requestor] AS s INNER LOOP JOIN dbo.[Requestor] AS t WITH (UPDLOCK, SERIALIZABLE) ON t.[requestor_id] = s.[requestor_id]
WHERE s.[_action] = 2;
SET @updated = @@ROWCOUNT;
UPDATE t SET [_source_version] = s.[_source_version], [_full] = s.[_full], [_observed_at] = s.[_observed_at], [_extracted_at] = s.[_extracted_at], [_mapping_hash] = s.[_mapping_hash]
FROM [#rows_Requestor] AS s INNER LOOP JOIN dbo.[Requestor] AS t WITH (UPDLOCK, SERIALIZABLE) ON t.[requestor_id] = s.[requestor_id]
WHERE s.[_action] = 3;
SET @stamped = @@ROWCOUNT;
INSERT INTO dbo.[Requestor] ([requestor_id], [uri], [display_label], [display_name], [name], [email], [number], [account_locked], [account_expired], [enabled], [password_expired], [password_last_change], [locale_or_default], [uuid], [created_date], [last_modified_date], [can_switch_location], [fax_number], [other], [mfa_enabled], [mfa_method], [username], [primary_company_id], [tz], [associations_uri], [business_units_uri], [client_association_id], [customer_association_id], [password_last_change_str], [_source_version], [_full], [_observed_at], [_extracted_at], [_mapping_hash], [_row_hash], [_loaded_at], [_run_id])
SELECT s.[requestor_id], s.[uri], s.[display_label], s.[display_name], s.[name], s.[email], s.[number], s.[account_locked], s.[account_expired], s.[enabled], s.[password_expired], s.[password_last_change], s.[locale_or_default], s.[uuid], s.[created_date], s.[last_modified_date], s.[can_switch_location], s.[fax_number], s.[other], s.[mfa_enabled], s.[mfa_method], s.[username], s.[primary_company_id], s.[tz], s.[associations_uri], s.[business_units_uri], s.[client_association_id], s.[customer_association_id], s.[password_last_change_str], s.[_source_version], s.[_full], s.[_observed_at], s.[_extracted_at], s.[_mapping_hash], s.[_row_hash], s.[_loaded_at], s.[_run_id] FROM [#rows_Requestor] AS s
WHERE s.[_action] = 1 AND NOT EXISTS (SELECT 1 FROM dbo.[Requestor] AS t WITH (UPDLOCK, SERIALIZABLE) WHERE t.[requestor_id] = s.[requestor_id])
OPTION (LOOP JOIN);
SET @inserted = @@ROWCOUNT;
TRUNCATE TABLE [#rows_Requestor];
SELECT @updated, @stamped, @unmarked, @inserted

-- Requestor: of another mapping
DROP TABLE [#rows_Requestor]

-- Visit: staging
SELECT TOP 0 CAST(0 AS INT) AS [_action], t.[visit_id] AS [visit_id], t.[uri] AS [uri], t.[contact_rate_plan] AS [contact_rate_plan], t.[customer_rate_plan] AS [customer_rate_plan], t.[created_by] AS [created_by], t.[created_date] AS [created_date], t.[last_modified_by] AS [last_modified_by], t.[last_modified_date] AS [last_modified_date], t.[uuid] AS [uuid], t.[status_id] AS [status_id], t.[status_uri] AS [status_uri], t.[status_version_value] AS [status_version_value], t.[status_default_option] AS [status_default_option], t.[status_description] AS [status_description], t.[status_in_order] AS [status_in_order], t.[status_l10n_key] AS [status_l10n_key], t.[status_message] AS [status_message], t.[status_name] AS [status_name], t.[status_name_key] AS [status_name_key], t.[contact_rate_plan_id] AS [contact_rate_plan_id], t.[customer_rate_plan_id] AS [customer_rate_plan_id], t.[_source_version] AS [_source_version], t.[_full] AS [_full], t.[_observed_at] AS [_observed_at], t.[_extracted_at] AS [_extracted_at], t.[_mapping_hash] AS [_mapping_hash], t.[_row_hash] AS [_row_hash], t.[_loaded_at] AS [_loaded_at], t.[_run_id] AS [_run_id] INTO [#rows_Visit] FROM dbo.[Visit] AS t

-- Visit: lookup
SELECT k.[n], t.[_source_version], t.[_full], t.[_observed_at], t.[_extracted_at], t.[_mapping_hash], t.[_row_hash], t.[_loaded_at], CAST(NULL AS DATETIME2(6))
FROM [#shared_int] AS k INNER LOOP JOIN dbo.[Visit] AS t WITH (UPDLOCK, SERIALIZABLE) ON t.[visit_id] = k.[k] WHERE k.[t] = 23

-- Visit: rows that change, move their stamp, or are new
SET NOCOUNT ON;
DECLARE @updated INT = 0, @stamped INT = 0, @unmarked INT = 0, @inserted INT = 0;
UPDATE t SET [uri] = s.[uri], [contact_rate_plan] = s.[contact_rate_plan], [customer_rate_plan] = s.[customer_rate_plan], [created_by] = s.[created_by], [created_date] = s.[created_date], [last_modified_by] = s.[last_modified_by], [last_modified_date] = s.[last_modified_date], [uuid] = s.[uuid], [status_id] = s.[status_id], [status_uri] = s.[status_uri], [status_version_value] = s.[status_version_value], [status_default_option] = s.[status_default_option], [status_description] = s.[status_description], [status_in_order] = s.[status_in_order], [status_l10n_key] = s.[status_l10n_key], [status_message] = s.[status_message], [status_name] = s.[status_name], [status_name_key] = s.[status_name_key], [contact_rate_plan_id] = s.[contact_rate_plan_id], [customer_rate_plan_id] = s.[customer_rate_plan_id], [_source_version] = s.[_source_version], [_full] = s.[_full], [_observed_at] = s.[_observed_at], [_extracted_at] = s.[_extracted_at], [_mapping_hash] = s.[_mapping_hash], [_row_hash] = s.[_row_hash], [_loaded_at] = s.[_loaded_at], [_run_id] = s.[_run_id]
FROM [#rows_Visit] AS s INNER LOOP JOIN dbo.[Visit] AS t WITH (UPDLOCK, SERIALIZABLE) ON t.[visit_id] = s.[visit_id]
WHERE s.[_action] = 2;
SET @updated = @@ROWCOUNT;
UPDATE t SET [_source_version] = s.[_source_version], [_full] = s.[_full], [_observed_at] = s.[_observed_at], [_extracted_at] = s.[_extracted_at], [_mapping_hash] = s.[_mapping_hash]
FROM [#rows_Visit] AS s INNER LOOP JOIN dbo.[Visit] AS t WITH (UPDLOCK, SERIALIZABLE) ON t.[visit_id] = s.[visit_id]
WHERE s.[_action] = 3;
SET @stamped = @@ROWCOUNT;
INSERT INTO dbo.[Visit] ([visit_id], [uri], [contact_rate_plan], [customer_rate_plan], [created_by], [created_date], [last_modified_by], [last_modified_date], [uuid], [status_id], [status_uri], [status_version_value], [status_default_option], [status_description], [status_in_order], [status_l10n_key], [status_message], [status_name], [status_name_key], [contact_rate_plan_id], [customer_rate_plan_id], [_source_version], [_full], [_observed_at], [_extracted_at], [_mapping_hash], [_row_hash], [_loaded_at], [_run_id])
SELECT s.[visit_id], s.[uri], s.[contact_rate_plan], s.[customer_rate_plan], s.[created_by], s.[created_date], s.[last_modified_by], s.[last_modified_date], s.[uuid], s.[status_id], s.[status_uri], s.[status_version_value], s.[status_default_option], s.[status_description], s.[status_in_order], s.[status_l10n_key], s.[status_message], s.[status_name], s.[status_name_key], s.[contact_rate_plan_id], s.[customer_rate_plan_id], s.[_source_version], s.[_full], s.[_observed_at], s.[_extracted_at], s.[_mapping_hash], s.[_row_hash], s.[_loaded_at], s.[_run_id] FROM [#rows_Visit] AS s
WHERE s.[_action] = 1 AND NOT EXISTS (SELECT 1 FROM dbo.[Visit] AS t WITH (UPDLOCK, SERIALIZABLE) WHERE t.[visit_id] = s.[visit_id])
OPTION (LOOP JOIN);
SET @inserted = @@ROWCOUNT;
TRUNCATE TABLE [#rows_Visit];
SELECT @updated, @stamped, @unmarked, @inserted

-- Visit: of another mapping
DROP TABLE [#rows_Visit]

-- Booking: staging
SELECT TOP 0 CAST(0 AS INT) AS [_action], t.[booking_id] AS [booking_id], t.[uri] AS [uri], t.[version_value] AS [version_value], t.[access_code] AS [access_code], t.[accounting_reference] AS [accounting_reference], t.[actual_duration_hrs] AS [actual_duration_hrs], t.[actual_duration_mins] AS [actual_duration_mins], t.[actual_end_date] AS [actual_end_date], t.[actual_location_id] AS [actual_location_id], t.[actual_location_display] AS [actual_location_display], t.[actual_start_date] AS [actual_start_date], t.[assigned_by] AS [assigned_by], t.[assigned_by_username] AS [assigned_by_username], t.[assignment_date] AS [assignment_date], t.[auto_offer_batch_frequency] AS [auto_offer_batch_frequency], t.[auto_verify_duration] AS [auto_verify_duration], t.[auto_verify_incidentals] AS [auto_verify_incidentals], t.[average_rating] AS [average_rating], t.[billing_customer_id] AS [billing_customer_id], t.[billing_location_id] AS [billing_location_id], t.[billing_notes] AS [billing_notes], t.[booking_date] AS [booking_date], t.[booking_details] AS [booking_details], t.[booking_mode_id] AS [booking_mode_id], t.[booking_requirements_uri] AS [booking_requirements_uri], t.[booking_time] AS [booking_time], t.[cancellation_date] AS [cancellation_date], t.[cancellation_reason] AS [cancellation_reason], t.[client_id] AS [client_id], t.[client_name] AS [client_name], t.[client_uuid] AS [client_uuid], t.[company_id] AS [company_id], t.[company_special_instructions] AS [company_special_instructions], t.[confirmation_date] AS [confirmation_date], t.[consumer_id] AS [consumer_id], t.[consumer_count] AS [consumer_count], t.[consumer_count_enabled] AS [consumer_count_enabled], t.[consumers_uri] AS [consumers_uri], t.[contact_arrival_date] AS [contact_arrival_date], t.[contact_late_mins] AS [contact_late_mins], t.[contact_rate_plan] AS [contact_rate_plan], t.[contact_special_instructions] AS [contact_special_instructions], t.[created_by] AS [created_by], t.[created_date] AS [created_date], t.[currency_code] AS [currency_code], t.[currency_symbol] AS [currency_symbol], t.[custom_consumer] AS [custom_consumer], t.[custom_requestor] AS [custom_requestor], t.[customer_id] AS [customer_id], t.[customer_business_unit] AS [customer_business_unit], t.[customer_duration_override_hrs] AS [customer_duration_override_hrs], t.[customer_notes] AS [customer_notes], t.[customer_rate_plan] AS [customer_rate_plan], t.[customer_rate_plan_association] AS [customer_rate_plan_association], t.[customer_rate_plan_override] AS [customer_rate_plan_override], t.[customer_rate_zone_override] AS [customer_rate_zone_override], t.[customer_special_instructions] AS [customer_special_instructions], t.[default_language_id] AS [default_language_id], t.[disclaimer_accepted] AS [disclaimer_accepted], t.[disclaimer_accepted_date] AS [disclaimer_accepted_date], t.[disclaimer_accepted_initials] AS [disclaimer_accepted_initials], t.[duration_override_hrs] AS [duration_override_hrs], t.[employment_category_id] AS [employment_category_id], t.[esignature_grace_period] AS [esignature_grace_period], t.[esignature_required] AS [esignature_required], t.[exclude_from_auto_offer] AS [exclude_from_auto_offer], t.[exclude_from_job_offer_pool] AS [exclude_from_job_offer_pool], t.[expected_duration_hrs] AS [expected_duration_hrs], t.[expected_duration_mins] AS [expected_duration_mins], t.[expected_end_date] AS [expected_end_date], t.[expected_end_time] AS [expected_end_time], t.[expected_start_date] AS [expected_start_date], t.[expected_start_time] AS [expected_start_time], t.[final_notes] AS [final_notes], t.[first_assignment_date] AS [first_assignment_date], t.[first_confirmation_date] AS [first_confirmation_date], t.[first_offer_date] AS [first_offer_date], t.[first_open_date] AS [first_open_date], t.[flag_for_finance] AS [flag_for_finance], t.[gender_requirement] AS [gender_requirement], t.[general_customer_account_manager] AS [general_customer_account_manager], t.[general_customer_business_unit] AS [general_customer_business_unit], t.[incidentals_uri] AS [incidentals_uri], t.[integration_id] AS [integration_id], t.[interpreter_id] AS [interpreter_id], t.[interpreter_business_unit] AS [interpreter_business_unit], t.[interpreter_notes] AS [interpreter_notes], t.[interpreter_submitted] AS [interpreter_submitted], t.[invoice_status_id] AS [invoice_status_id], t.[is_auto_verify_ready] AS [is_auto_verify_ready], t.[is_cancelled] AS [is_cancelled], t.[is_fields_locked] AS [is_fields_locked], t.[is_synchronized] AS [is_synchronized], t.[is_synchronized_manually] AS [is_synchronized_manually], t.[is_verified] AS [is_verified], t.[job_complete_email_sent] AS [job_complete_email_sent], t.[job_offers_uri] AS [job_offers_uri], t.[language_id] AS [language_id], t.[language_code] AS [language_code], t.[last_modified_by] AS [last_modified_by], t.[last_modified_date] AS [last_modified_date], t.[last_synchronized_date] AS [last_synchronized_date], t.[local_booking_mode] AS [local_booking_mode], t.[location_id] AS [location_id], t.[location_note] AS [location_note], t.[locked] AS [locked], t.[mileage] AS [mileage], t.[notes] AS [notes], t.[notification_email] AS [notification_email], t.[notify] AS [notify], t.[num_jobs] AS [num_jobs], t.[number_accepted_offers] AS [number_accepted_offers], t.[number_for_telephone_translation] AS [number_for_telephone_translation], t.[offer_date] AS [offer_date], t.[offer_mode] AS [offer_mode], t.[open_date] AS [open_date], t.[origin_of_request] AS [origin_of_request], t.[overflow_job_location_uuid] AS [overflow_job_location_uuid], t.[overflow_type_id] AS [overflow_type_id], t.[override_booking_mode] AS [override_booking_mode], t.[override_requirements] AS [override_requirements], t.[owner] AS [owner], t.[payment_status_id] AS [payment_status_id], t.[place_of_appointment] AS [place_of_appointment], t.[preferred_interpreter_id] AS [preferred_interpreter_id], t.[preferred_interpreter_declined] AS [preferred_interpreter_declined], t.[prevent_edit] AS [prevent_edit], t.[primary_ref_id] AS [primary_ref_id], t.[rate_plan_override] AS [rate_plan_override], t.[rate_zone_override] AS [rate_zone_override], t.[refs_uri] AS [refs_uri], t.[reminder_email_sent_scheduled_phone] AS [reminder_email_sent_scheduled_phone], t.[requested_by] AS [requested_by], t.[requestor_id] AS [requestor_id], t.[requirements_uri] AS [requirements_uri], t.[sessions_uri] AS [sessions_uri], t.[shift_enabled] AS [shift_enabled], t.[signature_hash] AS [signature_hash], t.[signature_height] AS [signature_height], t.[signature_width] AS [signature_width], t.[signature_location] AS [signature_location], t.[signature_raw] AS [signature_raw], t.[signer] AS [signer], t.[site_contact] AS [site_contact], t.[sla_reporting_enabled] AS [sla_reporting_enabled], t.[start_editing] AS [start_editing], t.[status_name] AS [status_name], t.[status_uri] AS [status_uri], t.[sub_location_id] AS [sub_location_id], t.[super_booking_id] AS [super_booking_id], t.[sync_uuid] AS [sync_uuid], t.[team_id] AS [team_id], t.[team_size] AS [team_size], t.[time_interpreter_arrived_inbound] AS [time_interpreter_arrived_inbound], t.[time_interpreter_arrived_outbound] AS [time_interpreter_arrived_outbound], t.[time_interpreter_departed_inbound] AS [time_interpreter_departed_inbound], t.[time_interpreter_departed_outbound] AS [time_interpreter_departed_outbound], t.[time_reconfirmed_customer] AS [time_reconfirmed_customer], t.[time_tracking_enabled] AS [time_tracking_enabled], t.[time_zone] AS [time_zone], t.[time_zone_display_name] AS [time_zone_display_name], t.[unarchived_updates] AS [unarchived_updates], t.[unfulfilled_date] AS [unfulfilled_date], t.[unfulfilled_reason] AS [unfulfilled_reason], t.[user_editing] AS [user_editing], t.[uuid] AS [uuid], t.[valid] AS [valid], t.[verified_date] AS [verified_date], t.[visit_id] AS [visit_id], t.[vos_required] AS [vos_required], t.[actual_location_uri] AS [actual_location_uri], t.[billing_location_uri] AS [billing_location_uri], t.[location_uri] AS [location_uri], t.[company_uri] AS [company_uri], t.[status_id] AS [status_id], t.[cancellation_reason_id] AS [cancellation_reason_id], t.[contact_rate_plan_id] AS [contact_rate_plan_id], t.[customer_rate_plan_id] AS [customer_rate_plan_id], t.[customer_business_unit_id] AS [customer_business_unit_id], t.[general_customer_business_unit_id] AS [general_customer_business_unit_id], t.[interpreter_business_unit_id] AS [interpreter_business_unit_id], t.[local_booking_mode_id] AS [local_booking_mode_id], t.[_source_version] AS [_source_version], t.[_full] AS [_full], t.[_observed_at] AS [_observed_at], t.[_extracted_at] AS [_extracted_at], t.[_mapping_hash] AS [_mapping_hash], t.[_row_hash] AS [_row_hash], t.[_loaded_at] AS [_loaded_at], t.[_run_id] AS [_run_id], t.[_deleted_at] AS [_deleted_at] INTO [#rows_Booking] FROM dbo.[Booking] AS t

-- Booking: lookup
SELECT k.[n], t.[_source_version], t.[_full], t.[_observed_at], t.[_extracted_at], t.[_mapping_hash], t.[_row_hash], t.[_loaded_at], t.[_deleted_at]
FROM [#shared_int] AS k INNER LOOP JOIN dbo.[Booking] AS t WITH (UPDLOCK, SERIALIZABLE) ON t.[booking_id] = k.[k] WHERE k.[t] = 24

-- Booking: rows that change, move their stamp, or are new
SET NOCOUNT ON;
DECLARE @updated INT = 0, @stamped INT = 0, @unmarked INT = 0, @inserted INT = 0;
UPDATE t SET [uri] = s.[uri], [version_value] = s.[version_value], [access_code] = s.[access_code], [accounting_reference] = s.[accounting_reference], [actual_duration_hrs] = s.[actual_duration_hrs], [actual_duration_mins] = s.[actual_duration_mins], [actual_end_date] = s.[actual_end_date], [actual_location_id] = s.[actual_location_id], [actual_location_display] = s.[actual_location_display], [actual_start_date] = s.[actual_start_date], [assigned_by] = s.[assigned_by], [assigned_by_username] = s.[assigned_by_username], [assignment_date] = s.[assignment_date], [auto_offer_batch_frequency] = s.[auto_offer_batch_frequency], [auto_verify_duration] = s.[auto_verify_duration], [auto_verify_incidentals] = s.[auto_verify_incidentals], [average_rating] = s.[average_rating], [billing_customer_id] = s.[billing_customer_id], [billing_location_id] = s.[billing_location_id], [billing_notes] = s.[billing_notes], [booking_date] = s.[booking_date], [booking_details] = s.[booking_details], [booking_mode_id] = s.[booking_mode_id], [booking_requirements_uri] = s.[booking_requirements_uri], [booking_time] = s.[booking_time], [cancellation_date] = s.[cancellation_date], [cancellation_reason] = s.[cancellation_reason], [client_id] = s.[client_id], [client_name] = s.[client_name], [client_uuid] = s.[client_uuid], [company_id] = s.[company_id], [company_special_instructions] = s.[company_special_instructions], [confirmation_date] = s.[confirmation_date], [consumer_id] = s.[consumer_id], [consumer_count] = s.[consumer_count], [consumer_count_enabled] = s.[consumer_count_enabled], [consumers_uri] = s.[consumers_uri], [contact_arrival_date] = s.[contact_arrival_date], [contact_late_mins] = s.[contact_late_mins], [contact_rate_plan] = s.[contact_rate_plan], [contact_special_instructions] = s.[contact_special_instructions], [created_by] = s.[created_by], [created_date] = s.[created_date], [currency_code] = s.[currency_code], [currency_symbol] = s.[currency_symbol], [custom_consumer] = s.[custom_consumer], [custom_requestor] = s.[custom_requestor], [customer_id] = s.[customer_id], [customer_business_unit] = s.[customer_business_unit], [customer_duration_override_hrs] = s.[customer_duration_override_hrs], [customer_notes] = s.[customer_notes], [customer_rate_plan] = s.[customer_rate_plan], [customer_rate_plan_association] = s.[customer_rate_plan_association], [customer_rate_plan_override] = s.[customer_rate_plan_override], [customer_rate_zone_override] = s.[customer_rate_zone_override], [customer_special_instructions] = s.[customer_special_instructions], [default_language_id] = s.[default_language_id], [disclaimer_accepted] = s.[disclaimer_accepted], [disclaimer_accepted_date] = s.[disclaimer_accepted_date], [disclaimer_accepted_initials] = s.[disclaimer_accepted_initials], [duration_override_hrs] = s.[duration_override_hrs], [employment_category_id] = s.[employment_category_id], [esignature_grace_period] = s.[esignature_grace_period], [esignature_required] = s.[esignature_required], [exclude_from_auto_offer] = s.[exclude_from_auto_offer], [exclude_from_job_offer_pool] = s.[exclude_from_job_offer_pool], [expected_duration_hrs] = s.[expected_duration_hrs], [expected_duration_mins] = s.[expected_duration_mins], [expected_end_date] = s.[expected_end_date], [expected_end_time] = s.[expected_end_time], [expected_start_date] = s.[expected_start_date], [expected_start_time] = s.[expected_start_time], [final_notes] = s.[final_notes], [first_assignment_date] = s.[first_assignment_date], [first_confirmation_date] = s.[first_confirmation_date], [first_offer_date] = s.[first_offer_date], [first_open_date] = s.[first_open_date], [flag_for_finance] = s.[flag_for_finance], [gender_requirement] = s.[gender_requirement], [general_customer_account_manager] = s.[general_customer_account_manager], [general_customer_business_unit] = s.[general_customer_business_unit], [incidentals_uri] = s.[incidentals_uri], [integration_id] = s.[integration_id], [interpreter_id] = s.[interpreter_id], [interpreter_business_unit] = s.[interpreter_business_unit], [interpreter_notes] = s.[interpreter_notes], [interpreter_submitted] = s.[interpreter_submitted], [invoice_status_id] = s.[invoice_status_id], [is_auto_verify_ready] = s.[is_auto_verify_ready], [is_cancelled] = s.[is_cancelled], [is_fields_locked] = s.[is_fields_locked], [is_synchronized] = s.[is_synchronized], [is_synchronized_manually] = s.[is_synchronized_manually], [is_verified] = s.[is_verified], [job_complete_email_sent] = s.[job_complete_email_sent], [job_offers_uri] = s.[job_offers_uri], [language_id] = s.[language_id], [language_code] = s.[language_code], [last_modified_by] = s.[last_modified_by], [last_modified_date] = s.[last_modified_date], [last_synchronized_date] = s.[last_synchronized_date], [local_booking_mode] = s.[local_booking_mode], [location_id] = s.[location_id], [location_note] = s.[location_note], [locked] = s.[locked], [mileage] = s.[mileage], [notes] = s.[notes], [notification_email] = s.[notification_email], [notify] = s.[notify], [num_jobs] = s.[num_jobs], [number_accepted_offers] = s.[number_accepted_offers], [number_for_telephone_translation] = s.[number_for_telephone_translation], [offer_date] = s.[offer_date], [offer_mode] = s.[offer_mode], [open_date] = s.[open_date], [origin_of_request] = s.[origin_of_request], [overflow_job_location_uuid] = s.[overflow_job_location_uuid], [overflow_type_id] = s.[overflow_type_id], [override_booking_mode] = s.[override_booking_mode], [override_requirements] = s.[override_requirements], [owner] = s.[owner], [payment_status_id] = s.[payment_status_id], [place_of_appointment] = s.[place_of_appointment], [preferred_interpreter_id] = s.[preferred_interpreter_id], [preferred_interpreter_declined] = s.[preferred_interpreter_declined], [prevent_edit] = s.[prevent_edit], [primary_ref_id] = s.[primary_ref_id], [rate_plan_override] = s.[rate_plan_override], [rate_zone_override] = s.[rate_zone_override], [refs_uri] = s.[refs_uri], [reminder_email_sent_scheduled_phone] = s.[reminder_email_sent_scheduled_phone], [requested_by] = s.[requested_by], [requestor_id] = s.[requestor_id], [requirements_uri] = s.[requirements_uri], [sessions_uri] = s.[sessions_uri], [shift_enabled] = s.[shift_enabled], [signature_hash] = s.[signature_hash], [signature_height] = s.[signature_height], [signature_width] = s.[signature_width], [signature_location] = s.[signature_location], [signature_raw] = s.[signature_raw], [signer] = s.[signer], [site_contact] = s.[site_contact], [sla_reporting_enabled] = s.[sla_reporting_enabled], [start_editing] = s.[start_editing], [status_name] = s.[status_name], [status_uri] = s.[status_uri], [sub_location_id] = s.[sub_location_id], [super_booking_id] = s.[super_booking_id], [sync_uuid] = s.[sync_uuid], [team_id] = s.[team_id], [team_size] = s.[team_size], [time_interpreter_arrived_inbound] = s.[time_interpreter_arrived_inbound], [time_interpreter_arrived_outbound] = s.[time_interpreter_arrived_outbound], [time_interpreter_departed_inbound] = s.[time_interpreter_departed_inbound], [time_interpreter_departed_outbound] = s.[time_interpreter_departed_outbound], [time_reconfirmed_customer] = s.[time_reconfirmed_customer], [time_tracking_enabled] = s.[time_tracking_enabled], [time_zone] = s.[time_zone], [time_zone_display_name] = s.[time_zone_display_name], [unarchived_updates] = s.[unarchived_updates], [unfulfilled_date] = s.[unfulfilled_date], [unfulfilled_reason] = s.[unfulfilled_reason], [user_editing] = s.[user_editing], [uuid] = s.[uuid], [valid] = s.[valid], [verified_date] = s.[verified_date], [visit_id] = s.[visit_id], [vos_required] = s.[vos_required], [actual_location_uri] = s.[actual_location_uri], [billing_location_uri] = s.[billing_location_uri], [location_uri] = s.[location_uri], [company_uri] = s.[company_uri], [status_id] = s.[status_id], [cancellation_reason_id] = s.[cancellation_reason_id], [contact_rate_plan_id] = s.[contact_rate_plan_id], [customer_rate_plan_id] = s.[customer_rate_plan_id], [customer_business_unit_id] = s.[customer_business_unit_id], [general_customer_business_unit_id] = s.[general_customer_business_unit_id], [interpreter_business_unit_id] = s.[interpreter_business_unit_id], [local_booking_mode_id] = s.[local_booking_mode_id], [_source_version] = s.[_source_version], [_full] = s.[_full], [_observed_at] = s.[_observed_at], [_extracted_at] = s.[_extracted_at], [_mapping_hash] = s.[_mapping_hash], [_row_hash] = s.[_row_hash], [_loaded_at] = s.[_loaded_at], [_run_id] = s.[_run_id], [_deleted_at] = s.[_deleted_at]
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
INSERT INTO dbo.[Booking] ([booking_id], [uri], [version_value], [access_code], [accounting_reference], [actual_duration_hrs], [actual_duration_mins], [actual_end_date], [actual_location_id], [actual_location_display], [actual_start_date], [assigned_by], [assigned_by_username], [assignment_date], [auto_offer_batch_frequency], [auto_verify_duration], [auto_verify_incidentals], [average_rating], [billing_customer_id], [billing_location_id], [billing_notes], [booking_date], [booking_details], [booking_mode_id], [booking_requirements_uri], [booking_time], [cancellation_date], [cancellation_reason], [client_id], [client_name], [client_uuid], [company_id], [company_special_instructions], [confirmation_date], [consumer_id], [consumer_count], [consumer_count_enabled], [consumers_uri], [contact_arrival_date], [contact_late_mins], [contact_rate_plan], [contact_special_instructions], [created_by], [created_date], [currency_code], [currency_symbol], [custom_consumer], [custom_requestor], [customer_id], [customer_business_unit], [customer_duration_override_hrs], [customer_notes], [customer_rate_plan], [customer_rate_plan_association], [customer_rate_plan_override], [customer_rate_zone_override], [customer_special_instructions], [default_language_id], [disclaimer_accepted], [disclaimer_accepted_date], [disclaimer_accepted_initials], [duration_override_hrs], [employment_category_id], [esignature_grace_period], [esignature_required], [exclude_from_auto_offer], [exclude_from_job_offer_pool], [expected_duration_hrs], [expected_duration_mins], [expected_end_date], [expected_end_time], [expected_start_date], [expected_start_time], [final_notes], [first_assignment_date], [first_confirmation_date], [first_offer_date], [first_open_date], [flag_for_finance], [gender_requirement], [general_customer_account_manager], [general_customer_business_unit], [incidentals_uri], [integration_id], [interpreter_id], [interpreter_business_unit], [interpreter_notes], [interpreter_submitted], [invoice_status_id], [is_auto_verify_ready], [is_cancelled], [is_fields_locked], [is_synchronized], [is_synchronized_manually], [is_verified], [job_complete_email_sent], [job_offers_uri], [language_id], [language_code], [last_modified_by], [last_modified_date], [last_synchronized_date], [local_booking_mode], [location_id], [location_note], [locked], [mileage], [notes], [notification_email], [notify], [num_jobs], [number_accepted_offers], [number_for_telephone_translation], [offer_date], [offer_mode], [open_date], [origin_of_request], [overflow_job_location_uuid], [overflow_type_id], [override_booking_mode], [override_requirements], [owner], [payment_status_id], [place_of_appointment], [preferred_interpreter_id], [preferred_interpreter_declined], [prevent_edit], [primary_ref_id], [rate_plan_override], [rate_zone_override], [refs_uri], [reminder_email_sent_scheduled_phone], [requested_by], [requestor_id], [requirements_uri], [sessions_uri], [shift_enabled], [signature_hash], [signature_height], [signature_width], [signature_location], [signature_raw], [signer], [site_contact], [sla_reporting_enabled], [start_editing], [status_name], [status_uri], [sub_location_id], [super_booking_id], [sync_uuid], [team_id], [team_size], [time_interpreter_arrived_inbound], [time_interpreter_arrived_outbound], [time_interpreter_departed_inbound], [time_interpreter_departed_outbound], [time_reconfirmed_customer], [time_tracking_enabled], [time_zone], [time_zone_display_name], [unarchived_updates], [unfulfilled_date], [unfulfilled_reason], [user_editing], [uuid], [valid], [verified_date], [visit_id], [vos_required], [actual_location_uri], [billing_location_uri], [location_uri], [company_uri], [status_id], [cancellation_reason_id], [contact_rate_plan_id], [customer_rate_plan_id], [customer_business_unit_id], [general_customer_business_unit_id], [interpreter_business_unit_id], [local_booking_mode_id], [_source_version], [_full], [_observed_at], [_extracted_at], [_mapping_hash], [_row_hash], [_loaded_at], [_run_id], [_deleted_at])
SELECT s.[booking_id], s.[uri], s.[version_value], s.[access_code], s.[accounting_reference], s.[actual_duration_hrs], s.[actual_duration_mins], s.[actual_end_date], s.[actual_location_id], s.[actual_location_display], s.[actual_start_date], s.[assigned_by], s.[assigned_by_username], s.[assignment_date], s.[auto_offer_batch_frequency], s.[auto_verify_duration], s.[auto_verify_incidentals], s.[average_rating], s.[billing_customer_id], s.[billing_location_id], s.[billing_notes], s.[booking_date], s.[booking_details], s.[booking_mode_id], s.[booking_requirements_uri], s.[booking_time], s.[cancellation_date], s.[cancellation_reason], s.[client_id], s.[client_name], s.[client_uuid], s.[company_id], s.[company_special_instructions], s.[confirmation_date], s.[consumer_id], s.[consumer_count], s.[consumer_count_enabled], s.[consumers_uri], s.[contact_arrival_date], s.[contact_late_mins], s.[contact_rate_plan], s.[contact_special_instructions], s.[created_by], s.[created_date], s.[currency_code], s.[currency_symbol], s.[custom_consumer], s.[custom_requestor], s.[customer_id], s.[customer_business_unit], s.[customer_duration_override_hrs], s.[customer_notes], s.[customer_rate_plan], s.[customer_rate_plan_association], s.[customer_rate_plan_override], s.[customer_rate_zone_override], s.[customer_special_instructions], s.[default_language_id], s.[disclaimer_accepted], s.[disclaimer_accepted_date], s.[disclaimer_accepted_initials], s.[duration_override_hrs], s.[employment_category_id], s.[esignature_grace_period], s.[esignature_required], s.[exclude_from_auto_offer], s.[exclude_from_job_offer_pool], s.[expected_duration_hrs], s.[expected_duration_mins], s.[expected_end_date], s.[expected_end_time], s.[expected_start_date], s.[expected_start_time], s.[final_notes], s.[first_assignment_date], s.[first_confirmation_date], s.[first_offer_date], s.[first_open_date], s.[flag_for_finance], s.[gender_requirement], s.[general_customer_account_manager], s.[general_customer_business_unit], s.[incidentals_uri], s.[integration_id], s.[interpreter_id], s.[interpreter_business_unit], s.[interpreter_notes], s.[interpreter_submitted], s.[invoice_status_id], s.[is_auto_verify_ready], s.[is_cancelled], s.[is_fields_locked], s.[is_synchronized], s.[is_synchronized_manually], s.[is_verified], s.[job_complete_email_sent], s.[job_offers_uri], s.[language_id], s.[language_code], s.[last_modified_by], s.[last_modified_date], s.[last_synchronized_date], s.[local_booking_mode], s.[location_id], s.[location_note], s.[locked], s.[mileage], s.[notes], s.[notification_email], s.[notify], s.[num_jobs], s.[number_accepted_offers], s.[number_for_telephone_translation], s.[offer_date], s.[offer_mode], s.[open_date], s.[origin_of_request], s.[overflow_job_location_uuid], s.[overflow_type_id], s.[override_booking_mode], s.[override_requirements], s.[owner], s.[payment_status_id], s.[place_of_appointment], s.[preferred_interpreter_id], s.[preferred_interpreter_declined], s.[prevent_edit], s.[primary_ref_id], s.[rate_plan_override], s.[rate_zone_override], s.[refs_uri], s.[reminder_email_sent_scheduled_phone], s.[requested_by], s.[requestor_id], s.[requirements_uri], s.[sessions_uri], s.[shift_enabled], s.[signature_hash], s.[signature_height], s.[signature_width], s.[signature_location], s.[signature_raw], s.[signer], s.[site_contact], s.[sla_reporting_enabled], s.[start_editing], s.[status_name], s.[status_uri], s.[sub_location_id], s.[super_booking_id], s.[sync_uuid], s.[team_id], s.[team_size], s.[time_interpreter_arrived_inbound], s.[time_interpreter_arrived_outbound], s.[time_interpreter_departed_inbound], s.[time_interpreter_departed_outbound], s.[time_reconfirmed_customer], s.[time_tracking_enabled], s.[time_zone], s.[time_zone_display_name], s.[unarchived_updates], s.[unfulfilled_date], s.[unfulfilled_reason], s.[user_editing], s.[uuid], s.[valid], s.[verified_date], s.[visit_id], s.[vos_required], s.[actual_location_uri], s.[billing_location_uri], s.[location_uri], s.[company_uri], s.[status_id], s.[cancellation_reason_id], s.[contact_rate_plan_id], s.[customer_rate_plan_id], s.[customer_business_unit_id], s.[general_customer_business_unit_id], s.[interpreter_business_unit_id], s.[local_booking_mode_id], s.[_source_version], s.[_full], s.[_observed_at], s.[_extracted_at], s.[_mapping_hash], s.[_row_hash], s.[_loaded_at], s.[_run_id], s.[_deleted_at] FROM [#rows_Booking] AS s
WHERE s.[_action] = 1 AND NOT EXISTS (SELECT 1 FROM dbo.[Booking] AS t WITH (UPDLOCK, SERIALIZABLE) WHERE t.[booking_id] = s.[booking_id])
OPTION (LOOP JOIN);
SET @inserted = @@ROWCOUNT;
TRUNCATE TABLE [#rows_Booking];
SELECT @updated, @stamped, @unmarked, @inserted

-- Booking: of another mapping
DROP TABLE [#rows_Booking]

-- BookingRefs: staging
SELECT TOP 0 CAST(0 AS INT) AS [_action], t.[booking_id] AS [booking_id], t.[ref_id] AS [ref_id], t.[uri] AS [uri], t.[version_value] AS [version_value], t.[name] AS [name], t.[ref] AS [ref], t.[reference_value] AS [reference_value], t.[description] AS [description], t.[super_booking_id] AS [super_booking_id], t.[approved] AS [approved], t.[consumer_id] AS [consumer_id], t.[dependent] AS [dependent], t.[dependent_id] AS [dependent_id], t.[company_id] AS [company_id], t.[config_id] AS [config_id], t.[customer_id] AS [customer_id], t.[_source_version] AS [_source_version], t.[_full] AS [_full], t.[_observed_at] AS [_observed_at], t.[_extracted_at] AS [_extracted_at], t.[_mapping_hash] AS [_mapping_hash], t.[_row_hash] AS [_row_hash], t.[_loaded_at] AS [_loaded_at], t.[_run_id] AS [_run_id] INTO [#rows_BookingRefs] FROM dbo.[BookingRefs] AS t;
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
UPDATE t SET [uri] = s.[uri], [version_value] = s.[version_value], [name] = s.[name], [ref] = s.[ref], [reference_value] = s.[reference_value], [description] = s.[description], [super_booking_id] = s.[super_booking_id], [approved] = s.[approved], [consumer_id] = s.[consumer_id], [dependent] = s.[dependent], [dependent_id] = s.[dependent_id], [company_id] = s.[company_id], [config_id] = s.[config_id], [customer_id] = s.[customer_id], [_source_version] = s.[_source_version], [_full] = s.[_full], [_observed_at] = s.[_observed_at], [_extracted_at] = s.[_extracted_at], [_mapping_hash] = s.[_mapping_hash], [_row_hash] = s.[_row_hash], [_loaded_at] = s.[_loaded_at], [_run_id] = s.[_run_id]
FROM [#rows_BookingRefs] AS s INNER LOOP JOIN dbo.[BookingRefs] AS t WITH (UPDLOCK, SERIALIZABLE) ON t.[booking_id] = s.[booking_id] AND t.[ref_id] = s.[ref_id]
WHERE s.[_action] = 2;
SET @updated = @@ROWCOUNT;
UPDATE t SET [_source_version] = s.[_source_version], [_full] = s.[_full], [_observed_at] = s.[_observed_at], [_extracted_at] = s.[_extracted_at], [_mapping_hash] = s.[_mapping_hash]
FROM [#rows_BookingRefs] AS s INNER LOOP JOIN dbo.[BookingRefs] AS t WITH (UPDLOCK, SERIALIZABLE) ON t.[booking_id] = s.[booking_id] AND t.[ref_id] = s.[ref_id]
WHERE s.[_action] = 3;
SET @stamped = @@ROWCOUNT;
INSERT INTO dbo.[BookingRefs] ([booking_id], [ref_id], [uri], [version_value], [name], [ref], [reference_value], [description], [super_booking_id], [approved], [consumer_id], [dependent], [dependent_id], [company_id], [config_id], [customer_id], [_source_version], [_full], [_observed_at], [_extracted_at], [_mapping_hash], [_row_hash], [_loaded_at], [_run_id])
SELECT s.[booking_id], s.[ref_id], s.[uri], s.[version_value], s.[name], s.[ref], s.[reference_value], s.[description], s.[super_booking_id], s.[approved], s.[consumer_id], s.[dependent], s.[dependent_id], s.[company_id], s.[config_id], s.[customer_id], s.[_source_version], s.[_full], s.[_observed_at], s.[_extracted_at], s.[_mapping_hash], s.[_row_hash], s.[_loaded_at], s.[_run_id] FROM [#rows_BookingRefs] AS s
WHERE s.[_action] = 1 AND NOT EXISTS (SELECT 1 FROM dbo.[BookingRefs] AS t WITH (UPDLOCK, SERIALIZABLE) WHERE t.[booking_id] = s.[booking_id] AND t.[ref_id] = s.[ref_id])
OPTION (LOOP JOIN);
SET @inserted = @@ROWCOUNT;
TRUNCATE TABLE [#rows_BookingRefs];
SELECT @updated, @stamped, @unmarked, @inserted

-- BookingRefs: of another mapping
DROP TABLE [#rows_BookingRefs]; DROP TABLE [#keys_BookingRefs]; DROP TABLE [#parents_BookingRefs]

-- BookingRequirements: staging
SELECT TOP 0 CAST(0 AS INT) AS [_action], t.[booking_id] AS [booking_id], t.[requirement_id] AS [requirement_id], t.[version_value] AS [version_value], t.[company_id] AS [company_id], t.[config_id] AS [config_id], t.[created_by] AS [created_by], t.[created_date] AS [created_date], t.[criteria_id] AS [criteria_id], t.[criteria_name] AS [criteria_name], t.[criteria_type_id] AS [criteria_type_id], t.[dependent] AS [dependent], t.[dependent_id] AS [dependent_id], t.[last_modified_by] AS [last_modified_by], t.[last_modified_date] AS [last_modified_date], t.[optional] AS [optional], t.[required_flag] AS [required_flag], t.[super_booking_id] AS [super_booking_id], t.[sync_uuid] AS [sync_uuid], t.[uuid] AS [uuid], t.[_source_version] AS [_source_version], t.[_full] AS [_full], t.[_observed_at] AS [_observed_at], t.[_extracted_at] AS [_extracted_at], t.[_mapping_hash] AS [_mapping_hash], t.[_row_hash] AS [_row_hash], t.[_loaded_at] AS [_loaded_at], t.[_run_id] AS [_run_id] INTO [#rows_BookingRequirements] FROM dbo.[BookingRequirements] AS t;
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
UPDATE t SET [version_value] = s.[version_value], [company_id] = s.[company_id], [config_id] = s.[config_id], [created_by] = s.[created_by], [created_date] = s.[created_date], [criteria_id] = s.[criteria_id], [criteria_name] = s.[criteria_name], [criteria_type_id] = s.[criteria_type_id], [dependent] = s.[dependent], [dependent_id] = s.[dependent_id], [last_modified_by] = s.[last_modified_by], [last_modified_date] = s.[last_modified_date], [optional] = s.[optional], [required_flag] = s.[required_flag], [super_booking_id] = s.[super_booking_id], [sync_uuid] = s.[sync_uuid], [uuid] = s.[uuid], [_source_version] = s.[_source_version], [_full] = s.[_full], [_observed_at] = s.[_observed_at], [_extracted_at] = s.[_extracted_at], [_mapping_hash] = s.[_mapping_hash], [_row_hash] = s.[_row_hash], [_loaded_at] = s.[_loaded_at], [_run_id] = s.[_run_id]
FROM [#rows_BookingRequirements] AS s INNER LOOP JOIN dbo.[BookingRequirements] AS t WITH (UPDLOCK, SERIALIZABLE) ON t.[booking_id] = s.[booking_id] AND t.[requirement_id] = s.[requirement_id]
WHERE s.[_action] = 2;
SET @updated = @@ROWCOUNT;
UPDATE t SET [_source_version] = s.[_source_version], [_full] = s.[_full], [_observed_at] = s.[_observed_at], [_extracted_at] = s.[_extracted_at], [_mapping_hash] = s.[_mapping_hash]
FROM [#rows_BookingRequirements] AS s INNER LOOP JOIN dbo.[BookingRequirements] AS t WITH (UPDLOCK, SERIALIZABLE) ON t.[booking_id] = s.[booking_id] AND t.[requirement_id] = s.[requirement_id]
WHERE s.[_action] = 3;
SET @stamped = @@ROWCOUNT;
INSERT INTO dbo.[BookingRequirements] ([booking_id], [requirement_id], [version_value], [company_id], [config_id], [created_by], [created_date], [criteria_id], [criteria_name], [criteria_type_id], [dependent], [dependent_id], [last_modified_by], [last_modified_date], [optional], [required_flag], [super_booking_id], [sync_uuid], [uuid], [_source_version], [_full], [_observed_at], [_extracted_at], [_mapping_hash], [_row_hash], [_loaded_at], [_run_id])
SELECT s.[booking_id], s.[requirement_id], s.[version_value], s.[company_id], s.[config_id], s.[created_by], s.[created_date], s.[criteria_id], s.[criteria_name], s.[criteria_type_id], s.[dependent], s.[dependent_id], s.[last_modified_by], s.[last_modified_date], s.[optional], s.[required_flag], s.[super_booking_id], s.[sync_uuid], s.[uuid], s.[_source_version], s.[_full], s.[_observed_at], s.[_extracted_at], s.[_mapping_hash], s.[_row_hash], s.[_loaded_at], s.[_run_id] FROM [#rows_BookingRequirements] AS s
WHERE s.[_action] = 1 AND NOT EXISTS (SELECT 1 FROM dbo.[BookingRequirements] AS t WITH (UPDLOCK, SERIALIZABLE) WHERE t.[booking_id] = s.[booking_id] AND t.[requirement_id] = s.[requirement_id])
OPTION (LOOP JOIN);
SET @inserted = @@ROWCOUNT;
TRUNCATE TABLE [#rows_BookingRequirements];
SELECT @updated, @stamped, @unmarked, @inserted

-- BookingRequirements: of another mapping
DROP TABLE [#rows_BookingRequirements]; DROP TABLE [#keys_BookingRequirements]; DROP TABLE [#parents_BookingRequirements]

-- BookingInvalidFields: staging
SELECT TOP 0 CAST(0 AS INT) AS [_action], t.[booking_id] AS [booking_id], t.[position] AS [position], t.[field] AS [field], t.[_source_version] AS [_source_version], t.[_full] AS [_full], t.[_observed_at] AS [_observed_at], t.[_extracted_at] AS [_extracted_at], t.[_mapping_hash] AS [_mapping_hash], t.[_row_hash] AS [_row_hash], t.[_loaded_at] AS [_loaded_at], t.[_run_id] AS [_run_id] INTO [#rows_BookingInvalidFields] FROM dbo.[BookingInvalidFields] AS t;
SELECT TOP 0 CAST(0 AS INT) AS [n], t.[booking_id] AS [booking_id], t.[position] AS [position] INTO [#keys_BookingInvalidFields] FROM dbo.[BookingInvalidFields] AS t;
SELECT TOP 0 CAST(0 AS INT) AS [n], t.[booking_id] AS [booking_id] INTO [#parents_BookingInvalidFields] FROM dbo.[BookingInvalidFields] AS t

-- BookingInvalidFields: lookup
SELECT k.[n], t.[_source_version], t.[_full], t.[_observed_at], t.[_extracted_at], t.[_mapping_hash], t.[_row_hash], t.[_loaded_at], CAST(NULL AS DATETIME2(6))
FROM [#keys_BookingInvalidFields] AS k INNER LOOP JOIN dbo.[BookingInvalidFields] AS t WITH (UPDLOCK, SERIALIZABLE) ON t.[booking_id] = k.[booking_id] AND t.[position] = k.[position]

-- BookingInvalidFields: surplus children
SET NOCOUNT ON;
DELETE t FROM [#parents_BookingInvalidFields] AS p INNER LOOP JOIN dbo.[BookingInvalidFields] AS t WITH (UPDLOCK, SERIALIZABLE) ON t.[booking_id] = p.[booking_id]
WHERE NOT EXISTS (SELECT 1 FROM [#keys_BookingInvalidFields] AS k WHERE k.[booking_id] = t.[booking_id] AND k.[position] = t.[position]);
SELECT @@ROWCOUNT

-- BookingInvalidFields: rows that change, move their stamp, or are new
SET NOCOUNT ON;
DECLARE @updated INT = 0, @stamped INT = 0, @unmarked INT = 0, @inserted INT = 0;
UPDATE t SET [field] = s.[field], [_source_version] = s.[_source_version], [_full] = s.[_full], [_observed_at] = s.[_observed_at], [_extracted_at] = s.[_extracted_at], [_mapping_hash] = s.[_mapping_hash], [_row_hash] = s.[_row_hash], [_loaded_at] = s.[_loaded_at], [_run_id] = s.[_run_id]
FROM [#rows_BookingInvalidFields] AS s INNER LOOP JOIN dbo.[BookingInvalidFields] AS t WITH (UPDLOCK, SERIALIZABLE) ON t.[booking_id] = s.[booking_id] AND t.[position] = s.[position]
WHERE s.[_action] = 2;
SET @updated = @@ROWCOUNT;
UPDATE t SET [_source_version] = s.[_source_version], [_full] = s.[_full], [_observed_at] = s.[_observed_at], [_extracted_at] = s.[_extracted_at], [_mapping_hash] = s.[_mapping_hash]
FROM [#rows_BookingInvalidFields] AS s INNER LOOP JOIN dbo.[BookingInvalidFields] AS t WITH (UPDLOCK, SERIALIZABLE) ON t.[booking_id] = s.[booking_id] AND t.[position] = s.[position]
WHERE s.[_action] = 3;
SET @stamped = @@ROWCOUNT;
INSERT INTO dbo.[BookingInvalidFields] ([booking_id], [position], [field], [_source_version], [_full], [_observed_at], [_extracted_at], [_mapping_hash], [_row_hash], [_loaded_at], [_run_id])
SELECT s.[booking_id], s.[position], s.[field], s.[_source_version], s.[_full], s.[_observed_at], s.[_extracted_at], s.[_mapping_hash], s.[_row_hash], s.[_loaded_at], s.[_run_id] FROM [#rows_BookingInvalidFields] AS s
WHERE s.[_action] = 1 AND NOT EXISTS (SELECT 1 FROM dbo.[BookingInvalidFields] AS t WITH (UPDLOCK, SERIALIZABLE) WHERE t.[booking_id] = s.[booking_id] AND t.[position] = s.[position])
OPTION (LOOP JOIN);
SET @inserted = @@ROWCOUNT;
TRUNCATE TABLE [#rows_BookingInvalidFields];
SELECT @updated, @stamped, @unmarked, @inserted

-- BookingInvalidFields: of another mapping
DROP TABLE [#rows_BookingInvalidFields]; DROP TABLE [#keys_BookingInvalidFields]; DROP TABLE [#parents_BookingInvalidFields]

-- BookingOverriddenRequirements: staging
SELECT TOP 0 CAST(0 AS INT) AS [_action], t.[booking_id] AS [booking_id], t.[position] AS [position], t.[requirement_id] AS [requirement_id], t.[uri] AS [uri], t.[uuid] AS [uuid], t.[criteria_id] AS [criteria_id], t.[criteria_name] AS [criteria_name], t.[value] AS [value], t.[required_flag] AS [required_flag], t.[optional] AS [optional], t.[_source_version] AS [_source_version], t.[_full] AS [_full], t.[_observed_at] AS [_observed_at], t.[_extracted_at] AS [_extracted_at], t.[_mapping_hash] AS [_mapping_hash], t.[_row_hash] AS [_row_hash], t.[_loaded_at] AS [_loaded_at], t.[_run_id] AS [_run_id] INTO [#rows_BookingOverriddenRequirements] FROM dbo.[BookingOverriddenRequirements] AS t;
SELECT TOP 0 CAST(0 AS INT) AS [n], t.[booking_id] AS [booking_id], t.[position] AS [position] INTO [#keys_BookingOverriddenRequirements] FROM dbo.[BookingOverriddenRequirements] AS t;
SELECT TOP 0 CAST(0 AS INT) AS [n], t.[booking_id] AS [booking_id] INTO [#parents_BookingOverriddenRequirements] FROM dbo.[BookingOverriddenRequirements] AS t

-- BookingOverriddenRequirements: lookup
SELECT k.[n], t.[_source_version], t.[_full], t.[_observed_at], t.[_extracted_at], t.[_mapping_hash], t.[_row_hash], t.[_loaded_at], CAST(NULL AS DATETIME2(6))
FROM [#keys_BookingOverriddenRequirements] AS k INNER LOOP JOIN dbo.[BookingOverriddenRequirements] AS t WITH (UPDLOCK, SERIALIZABLE) ON t.[booking_id] = k.[booking_id] AND t.[position] = k.[position]

-- BookingOverriddenRequirements: surplus children
SET NOCOUNT ON;
DELETE t FROM [#parents_BookingOverriddenRequirements] AS p INNER LOOP JOIN dbo.[BookingOverriddenRequirements] AS t WITH (UPDLOCK, SERIALIZABLE) ON t.[booking_id] = p.[booking_id]
WHERE NOT EXISTS (SELECT 1 FROM [#keys_BookingOverriddenRequirements] AS k WHERE k.[booking_id] = t.[booking_id] AND k.[position] = t.[position]);
SELECT @@ROWCOUNT

-- BookingOverriddenRequirements: rows that change, move their stamp, or are new
SET NOCOUNT ON;
DECLARE @updated INT = 0, @stamped INT = 0, @unmarked INT = 0, @inserted INT = 0;
UPDATE t SET [requirement_id] = s.[requirement_id], [uri] = s.[uri], [uuid] = s.[uuid], [criteria_id] = s.[criteria_id], [criteria_name] = s.[criteria_name], [value] = s.[value], [required_flag] = s.[required_flag], [optional] = s.[optional], [_source_version] = s.[_source_version], [_full] = s.[_full], [_observed_at] = s.[_observed_at], [_extracted_at] = s.[_extracted_at], [_mapping_hash] = s.[_mapping_hash], [_row_hash] = s.[_row_hash], [_loaded_at] = s.[_loaded_at], [_run_id] = s.[_run_id]
FROM [#rows_BookingOverriddenRequirements] AS s INNER LOOP JOIN dbo.[BookingOverriddenRequirements] AS t WITH (UPDLOCK, SERIALIZABLE) ON t.[booking_id] = s.[booking_id] AND t.[position] = s.[position]
WHERE s.[_action] = 2;
SET @updated = @@ROWCOUNT;
UPDATE t SET [_source_version] = s.[_source_version], [_full] = s.[_full], [_observed_at] = s.[_observed_at], [_extracted_at] = s.[_extracted_at], [_mapping_hash] = s.[_mapping_hash]
FROM [#rows_BookingOverriddenRequirements] AS s INNER LOOP JOIN dbo.[BookingOverriddenRequirements] AS t WITH (UPDLOCK, SERIALIZABLE) ON t.[booking_id] = s.[booking_id] AND t.[position] = s.[position]
WHERE s.[_action] = 3;
SET @stamped = @@ROWCOUNT;
INSERT INTO dbo.[BookingOverriddenRequirements] ([booking_id], [position], [requirement_id], [uri], [uuid], [criteria_id], [criteria_name], [value], [required_flag], [optional], [_source_version], [_full], [_observed_at], [_extracted_at], [_mapping_hash], [_row_hash], [_loaded_at], [_run_id])
SELECT s.[booking_id], s.[position], s.[requirement_id], s.[uri], s.[uuid], s.[criteria_id], s.[criteria_name], s.[value], s.[required_flag], s.[optional], s.[_source_version], s.[_full], s.[_observed_at], s.[_extracted_at], s.[_mapping_hash], s.[_row_hash], s.[_loaded_at], s.[_run_id] FROM [#rows_BookingOverriddenRequirements] AS s
WHERE s.[_action] = 1 AND NOT EXISTS (SELECT 1 FROM dbo.[BookingOverriddenRequirements] AS t WITH (UPDLOCK, SERIALIZABLE) WHERE t.[booking_id] = s.[booking_id] AND t.[position] = s.[position])
OPTION (LOOP JOIN);
SET @inserted = @@ROWCOUNT;
TRUNCATE TABLE [#rows_BookingOverriddenRequirements];
SELECT @updated, @stamped, @unmarked, @inserted

-- BookingOverriddenRequirements: of another mapping
DROP TABLE [#rows_BookingOverriddenRequirements]; DROP TABLE [#keys_BookingOverriddenRequirements]; DROP TABLE [#parents_BookingOverriddenRequirements]

-- BookingConsumers: staging
SELECT TOP 0 CAST(0 AS INT) AS [_action], t.[booking_id] AS [booking_id], t.[consumer_id] AS [consumer_id], t.[_source_version] AS [_source_version], t.[_full] AS [_full], t.[_observed_at] AS [_observed_at], t.[_extracted_at] AS [_extracted_at], t.[_mapping_hash] AS [_mapping_hash], t.[_row_hash] AS [_row_hash], t.[_loaded_at] AS [_loaded_at], t.[_run_id] AS [_run_id] INTO [#rows_BookingConsumers] FROM dbo.[BookingConsumers] AS t;
SELECT TOP 0 CAST(0 AS INT) AS [n], t.[booking_id] AS [booking_id], t.[consumer_id] AS [consumer_id] INTO [#keys_BookingConsumers] FROM dbo.[BookingConsumers] AS t;
SELECT TOP 0 CAST(0 AS INT) AS [n], t.[booking_id] AS [booking_id] INTO [#parents_BookingConsumers] FROM dbo.[BookingConsumers] AS t

-- BookingConsumers: lookup
SELECT k.[n], t.[_source_version], t.[_full], t.[_observed_at], t.[_extracted_at], t.[_mapping_hash], t.[_row_hash], t.[_loaded_at], CAST(NULL AS DATETIME2(6))
FROM [#keys_BookingConsumers] AS k INNER LOOP JOIN dbo.[BookingConsumers] AS t WITH (UPDLOCK, SERIALIZABLE) ON t.[booking_id] = k.[booking_id] AND t.[consumer_id] = k.[consumer_id]

-- BookingConsumers: surplus children
SET NOCOUNT ON;
DELETE t FROM [#parents_BookingConsumers] AS p INNER LOOP JOIN dbo.[BookingConsumers] AS t WITH (UPDLOCK, SERIALIZABLE) ON t.[booking_id] = p.[booking_id]
WHERE NOT EXISTS (SELECT 1 FROM [#keys_BookingConsumers] AS k WHERE k.[booking_id] = t.[booking_id] AND k.[consumer_id] = t.[consumer_id]);
SELECT @@ROWCOUNT

-- BookingConsumers: rows that change, move their stamp, or are new
SET NOCOUNT ON;
DECLARE @updated INT = 0, @stamped INT = 0, @unmarked INT = 0, @inserted INT = 0;
UPDATE t SET [_source_version] = s.[_source_version], [_full] = s.[_full], [_observed_at] = s.[_observed_at], [_extracted_at] = s.[_extracted_at], [_mapping_hash] = s.[_mapping_hash], [_row_hash] = s.[_row_hash], [_loaded_at] = s.[_loaded_at], [_run_id] = s.[_run_id]
FROM [#rows_BookingConsumers] AS s INNER LOOP JOIN dbo.[BookingConsumers] AS t WITH (UPDLOCK, SERIALIZABLE) ON t.[booking_id] = s.[booking_id] AND t.[consumer_id] = s.[consumer_id]
WHERE s.[_action] = 2;
SET @updated = @@ROWCOUNT;
UPDATE t SET [_source_version] = s.[_source_version], [_full] = s.[_full], [_observed_at] = s.[_observed_at], [_extracted_at] = s.[_extracted_at], [_mapping_hash] = s.[_mapping_hash]
FROM [#rows_BookingConsumers] AS s INNER LOOP JOIN dbo.[BookingConsumers] AS t WITH (UPDLOCK, SERIALIZABLE) ON t.[booking_id] = s.[booking_id] AND t.[consumer_id] = s.[consumer_id]
WHERE s.[_action] = 3;
SET @stamped = @@ROWCOUNT;
INSERT INTO dbo.[BookingConsumers] ([booking_id], [consumer_id], [_source_version], [_full], [_observed_at], [_extracted_at], [_mapping_hash], [_row_hash], [_loaded_at], [_run_id])
SELECT s.[booking_id], s.[consumer_id], s.[_source_version], s.[_full], s.[_observed_at], s.[_extracted_at], s.[_mapping_hash], s.[_row_hash], s.[_loaded_at], s.[_run_id] FROM [#rows_BookingConsumers] AS s
WHERE s.[_action] = 1 AND NOT EXISTS (SELECT 1 FROM dbo.[BookingConsumers] AS t WITH (UPDLOCK, SERIALIZABLE) WHERE t.[booking_id] = s.[booking_id] AND t.[consumer_id] = s.[consumer_id])
OPTION (LOOP JOIN);
SET @inserted = @@ROWCOUNT;
TRUNCATE TABLE [#rows_BookingConsumers];
SELECT @updated, @stamped, @unmarked, @inserted

-- BookingConsumers: of another mapping
DROP TABLE [#rows_BookingConsumers]; DROP TABLE [#keys_BookingConsumers]; DROP TABLE [#parents_BookingConsumers]

-- EnrichmentGap: staging
SELECT TOP 0 CAST(0 AS INT) AS [_action], t.[booking_id] AS [booking_id], t.[relation] AS [relation], t.[status] AS [status], t.[reason] AS [reason], t.[_source_version] AS [_source_version], t.[_full] AS [_full], t.[_observed_at] AS [_observed_at], t.[_extracted_at] AS [_extracted_at], t.[_mapping_hash] AS [_mapping_hash], t.[_row_hash] AS [_row_hash], t.[_loaded_at] AS [_loaded_at], t.[_run_id] AS [_run_id] INTO [#rows_EnrichmentGap] FROM dbo.[EnrichmentGap] AS t;
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
UPDATE t SET [status] = s.[status], [reason] = s.[reason], [_source_version] = s.[_source_version], [_full] = s.[_full], [_observed_at] = s.[_observed_at], [_extracted_at] = s.[_extracted_at], [_mapping_hash] = s.[_mapping_hash], [_row_hash] = s.[_row_hash], [_loaded_at] = s.[_loaded_at], [_run_id] = s.[_run_id]
FROM [#rows_EnrichmentGap] AS s INNER LOOP JOIN dbo.[EnrichmentGap] AS t WITH (UPDLOCK, SERIALIZABLE) ON t.[booking_id] = s.[booking_id] AND t.[relation] = s.[relation]
WHERE s.[_action] = 2;
SET @updated = @@ROWCOUNT;
UPDATE t SET [_source_version] = s.[_source_version], [_full] = s.[_full], [_observed_at] = s.[_observed_at], [_extracted_at] = s.[_extracted_at], [_mapping_hash] = s.[_mapping_hash]
FROM [#rows_EnrichmentGap] AS s INNER LOOP JOIN dbo.[EnrichmentGap] AS t WITH (UPDLOCK, SERIALIZABLE) ON t.[booking_id] = s.[booking_id] AND t.[relation] = s.[relation]
WHERE s.[_action] = 3;
SET @stamped = @@ROWCOUNT;
INSERT INTO dbo.[EnrichmentGap] ([booking_id], [relation], [status], [reason], [_source_version], [_full], [_observed_at], [_extracted_at], [_mapping_hash], [_row_hash], [_loaded_at], [_run_id])
SELECT s.[booking_id], s.[relation], s.[status], s.[reason], s.[_source_version], s.[_full], s.[_observed_at], s.[_extracted_at], s.[_mapping_hash], s.[_row_hash], s.[_loaded_at], s.[_run_id] FROM [#rows_EnrichmentGap] AS s
WHERE s.[_action] = 1 AND NOT EXISTS (SELECT 1 FROM dbo.[EnrichmentGap] AS t WITH (UPDLOCK, SERIALIZABLE) WHERE t.[booking_id] = s.[booking_id] AND t.[relation] = s.[relation])
OPTION (LOOP JOIN);
SET @inserted = @@ROWCOUNT;
TRUNCATE TABLE [#rows_EnrichmentGap];
SELECT @updated, @stamped, @unmarked, @inserted

-- EnrichmentGap: of another mapping
DROP TABLE [#rows_EnrichmentGap]; DROP TABLE [#keys_EnrichmentGap]; DROP TABLE [#parents_EnrichmentGap]

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
SELECT CAST(t.[booking_id] AS BIGINT), t.[relation], CAST(t.[status] AS BIGINT), t.[reason]
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

