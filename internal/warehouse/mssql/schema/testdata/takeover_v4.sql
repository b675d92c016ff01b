ALTER TABLE dbo.[Company] ALTER COLUMN [uri] NVARCHAR(500);

ALTER TABLE dbo.[Company] ALTER COLUMN [description] NVARCHAR(500);

ALTER TABLE dbo.[Company] ALTER COLUMN [name] NVARCHAR(255);

ALTER TABLE dbo.[Company] ADD [_source_version] BIGINT NULL;

ALTER TABLE dbo.[Company] ADD [_full] BIT NULL;

ALTER TABLE dbo.[Company] ADD [_observed_at] DATETIME2(6) NULL;

ALTER TABLE dbo.[Company] ADD [_extracted_at] DATETIME2(6) NULL;

ALTER TABLE dbo.[Company] ADD [_mapping_hash] BIGINT NULL;

ALTER TABLE dbo.[Company] ADD [_row_hash] BIGINT NULL;

ALTER TABLE dbo.[Company] ADD [_loaded_at] DATETIME2(6) NULL;

ALTER TABLE dbo.[Company] ADD [_run_id] NVARCHAR(100) NULL;

ALTER TABLE dbo.[Config] ALTER COLUMN [uri] NVARCHAR(500);

ALTER TABLE dbo.[Config] ADD [_source_version] BIGINT NULL;

ALTER TABLE dbo.[Config] ADD [_full] BIT NULL;

ALTER TABLE dbo.[Config] ADD [_observed_at] DATETIME2(6) NULL;

ALTER TABLE dbo.[Config] ADD [_extracted_at] DATETIME2(6) NULL;

ALTER TABLE dbo.[Config] ADD [_mapping_hash] BIGINT NULL;

ALTER TABLE dbo.[Config] ADD [_row_hash] BIGINT NULL;

ALTER TABLE dbo.[Config] ADD [_loaded_at] DATETIME2(6) NULL;

ALTER TABLE dbo.[Config] ADD [_run_id] NVARCHAR(100) NULL;

ALTER TABLE dbo.[Integration] ALTER COLUMN [uri] NVARCHAR(500);

ALTER TABLE dbo.[Integration] ALTER COLUMN [description] NVARCHAR(500);

ALTER TABLE dbo.[Integration] ALTER COLUMN [name] NVARCHAR(255);

ALTER TABLE dbo.[Integration] ADD [_source_version] BIGINT NULL;

ALTER TABLE dbo.[Integration] ADD [_full] BIT NULL;

ALTER TABLE dbo.[Integration] ADD [_observed_at] DATETIME2(6) NULL;

ALTER TABLE dbo.[Integration] ADD [_extracted_at] DATETIME2(6) NULL;

ALTER TABLE dbo.[Integration] ADD [_mapping_hash] BIGINT NULL;

ALTER TABLE dbo.[Integration] ADD [_row_hash] BIGINT NULL;

ALTER TABLE dbo.[Integration] ADD [_loaded_at] DATETIME2(6) NULL;

ALTER TABLE dbo.[Integration] ADD [_run_id] NVARCHAR(100) NULL;

ALTER TABLE dbo.[Address] ALTER COLUMN [uri] NVARCHAR(500);

ALTER TABLE dbo.[Address] ALTER COLUMN [addr_entered] NVARCHAR(500);

ALTER TABLE dbo.[Address] ALTER COLUMN [addr_formatted] NVARCHAR(500);

ALTER TABLE dbo.[Address] ALTER COLUMN [cost_center] NVARCHAR(100);

ALTER TABLE dbo.[Address] ALTER COLUMN [cost_center_name] NVARCHAR(255);

ALTER TABLE dbo.[Address] ALTER COLUMN [description] NVARCHAR(500);

ALTER TABLE dbo.[Address] ALTER COLUMN [display_label] NVARCHAR(255);

ALTER TABLE dbo.[Address] ALTER COLUMN [notes] NVARCHAR(MAX);

ALTER TABLE dbo.[Address] ALTER COLUMN [public_notes] NVARCHAR(MAX);

ALTER TABLE dbo.[Address] ALTER COLUMN [city_town] NVARCHAR(100);

ALTER TABLE dbo.[Address] ALTER COLUMN [postal_code] NVARCHAR(50);

ALTER TABLE dbo.[Address] ALTER COLUMN [state_county] NVARCHAR(100);

ALTER TABLE dbo.[Address] ALTER COLUMN [country] NVARCHAR(100);

ALTER TABLE dbo.[Address] ALTER COLUMN [timezone] NVARCHAR(100);

ALTER TABLE dbo.[Address] ALTER COLUMN [validation_status] NVARCHAR(100);

ALTER TABLE dbo.[Address] ADD [_source_version] BIGINT NULL;

ALTER TABLE dbo.[Address] ADD [_full] BIT NULL;

ALTER TABLE dbo.[Address] ADD [_observed_at] DATETIME2(6) NULL;

ALTER TABLE dbo.[Address] ADD [_extracted_at] DATETIME2(6) NULL;

ALTER TABLE dbo.[Address] ADD [_mapping_hash] BIGINT NULL;

ALTER TABLE dbo.[Address] ADD [_row_hash] BIGINT NULL;

ALTER TABLE dbo.[Address] ADD [_loaded_at] DATETIME2(6) NULL;

ALTER TABLE dbo.[Address] ADD [_run_id] NVARCHAR(100) NULL;

CREATE TABLE dbo.[ContractType] (
    [contract_type_id] INT NOT NULL,
    [uri] NVARCHAR(500) NULL,
    [version_value] INT NULL,
    [default_option] BIT NULL,
    [description] NVARCHAR(500) NULL,
    [l10n_key] NVARCHAR(100) NULL,
    [name] NVARCHAR(255) NULL,
    [name_key] NVARCHAR(100) NULL,
    [_source_version] BIGINT NULL,
    [_full] BIT NULL,
    [_observed_at] DATETIME2(6) NULL,
    [_extracted_at] DATETIME2(6) NULL,
    [_mapping_hash] BIGINT NULL,
    [_row_hash] BIGINT NULL,
    [_loaded_at] DATETIME2(6) NULL,
    [_run_id] NVARCHAR(100) NULL,
    CONSTRAINT [PK_ContractType] PRIMARY KEY ([contract_type_id])
);

CREATE TABLE dbo.[CustomerConfig] (
    [config_id] INT NOT NULL,
    [uri] NVARCHAR(500) NULL,
    [uuid] UNIQUEIDENTIFIER NULL,
    [_source_version] BIGINT NULL,
    [_full] BIT NULL,
    [_observed_at] DATETIME2(6) NULL,
    [_extracted_at] DATETIME2(6) NULL,
    [_mapping_hash] BIGINT NULL,
    [_row_hash] BIGINT NULL,
    [_loaded_at] DATETIME2(6) NULL,
    [_run_id] NVARCHAR(100) NULL,
    CONSTRAINT [PK_CustomerConfig] PRIMARY KEY ([config_id])
);

CREATE TABLE dbo.[Client] (
    [client_id] INT NOT NULL,
    [uri] NVARCHAR(500) NULL,
    [display_name] NVARCHAR(255) NULL,
    [name] NVARCHAR(255) NULL,
    [uuid] UNIQUEIDENTIFIER NULL,
    [_source_version] BIGINT NULL,
    [_full] BIT NULL,
    [_observed_at] DATETIME2(6) NULL,
    [_extracted_at] DATETIME2(6) NULL,
    [_mapping_hash] BIGINT NULL,
    [_row_hash] BIGINT NULL,
    [_loaded_at] DATETIME2(6) NULL,
    [_run_id] NVARCHAR(100) NULL,
    CONSTRAINT [PK_Client] PRIMARY KEY ([client_id])
);

CREATE TABLE dbo.[Language] (
    [language_id] INT NOT NULL,
    [uri] NVARCHAR(500) NULL,
    [description] NVARCHAR(500) NULL,
    [display_name] NVARCHAR(255) NULL,
    [is_sign] BIT NULL,
    [iso639_3_tag] NVARCHAR(20) NULL,
    [subtag] NVARCHAR(20) NULL,
    [mmis_code] NVARCHAR(20) NULL,
    [opi_enabled] BIT NULL,
    [vri_enabled] BIT NULL,
    [bpin_opi_enabled] BIT NULL,
    [bpin_vri_enabled] BIT NULL,
    [partner_connect_language_id] INT NULL,
    [partner_connect_language_name] NVARCHAR(255) NULL,
    [_source_version] BIGINT NULL,
    [_full] BIT NULL,
    [_observed_at] DATETIME2(6) NULL,
    [_extracted_at] DATETIME2(6) NULL,
    [_mapping_hash] BIGINT NULL,
    [_row_hash] BIGINT NULL,
    [_loaded_at] DATETIME2(6) NULL,
    [_run_id] NVARCHAR(100) NULL,
    CONSTRAINT [PK_Language] PRIMARY KEY ([language_id])
);

CREATE TABLE dbo.[BookingMode] (
    [booking_mode_id] INT NOT NULL,
    [uri] NVARCHAR(500) NULL,
    [description] NVARCHAR(500) NULL,
    [name] NVARCHAR(255) NULL,
    [name_key] NVARCHAR(100) NULL,
    [_source_version] BIGINT NULL,
    [_full] BIT NULL,
    [_observed_at] DATETIME2(6) NULL,
    [_extracted_at] DATETIME2(6) NULL,
    [_mapping_hash] BIGINT NULL,
    [_row_hash] BIGINT NULL,
    [_loaded_at] DATETIME2(6) NULL,
    [_run_id] NVARCHAR(100) NULL,
    CONSTRAINT [PK_BookingMode] PRIMARY KEY ([booking_mode_id])
);

CREATE TABLE dbo.[BookingStatus] (
    [status_id] INT NOT NULL,
    [uri] NVARCHAR(500) NULL,
    [version_value] INT NULL,
    [default_option] BIT NULL,
    [description] NVARCHAR(500) NULL,
    [in_order] INT NULL,
    [l10n_key] NVARCHAR(100) NULL,
    [message] NVARCHAR(500) NULL,
    [name] NVARCHAR(255) NULL,
    [name_key] NVARCHAR(100) NULL,
    [_source_version] BIGINT NULL,
    [_full] BIT NULL,
    [_observed_at] DATETIME2(6) NULL,
    [_extracted_at] DATETIME2(6) NULL,
    [_mapping_hash] BIGINT NULL,
    [_row_hash] BIGINT NULL,
    [_loaded_at] DATETIME2(6) NULL,
    [_run_id] NVARCHAR(100) NULL,
    CONSTRAINT [PK_BookingStatus] PRIMARY KEY ([status_id])
);

CREATE TABLE dbo.[InvoiceStatus] (
    [invoice_status_id] INT NOT NULL,
    [uri] NVARCHAR(500) NULL,
    [description] NVARCHAR(500) NULL,
    [name] NVARCHAR(255) NULL,
    [name_key] NVARCHAR(100) NULL,
    [_source_version] BIGINT NULL,
    [_full] BIT NULL,
    [_observed_at] DATETIME2(6) NULL,
    [_extracted_at] DATETIME2(6) NULL,
    [_mapping_hash] BIGINT NULL,
    [_row_hash] BIGINT NULL,
    [_loaded_at] DATETIME2(6) NULL,
    [_run_id] NVARCHAR(100) NULL,
    CONSTRAINT [PK_InvoiceStatus] PRIMARY KEY ([invoice_status_id])
);

CREATE TABLE dbo.[PaymentStatus] (
    [payment_status_id] INT NOT NULL,
    [uri] NVARCHAR(500) NULL,
    [description] NVARCHAR(500) NULL,
    [name] NVARCHAR(255) NULL,
    [name_key] NVARCHAR(100) NULL,
    [_source_version] BIGINT NULL,
    [_full] BIT NULL,
    [_observed_at] DATETIME2(6) NULL,
    [_extracted_at] DATETIME2(6) NULL,
    [_mapping_hash] BIGINT NULL,
    [_row_hash] BIGINT NULL,
    [_loaded_at] DATETIME2(6) NULL,
    [_run_id] NVARCHAR(100) NULL,
    CONSTRAINT [PK_PaymentStatus] PRIMARY KEY ([payment_status_id])
);

CREATE TABLE dbo.[OverflowType] (
    [overflow_type_id] INT NOT NULL,
    [uri] NVARCHAR(500) NULL,
    [description] NVARCHAR(500) NULL,
    [name_key] NVARCHAR(100) NULL,
    [_source_version] BIGINT NULL,
    [_full] BIT NULL,
    [_observed_at] DATETIME2(6) NULL,
    [_extracted_at] DATETIME2(6) NULL,
    [_mapping_hash] BIGINT NULL,
    [_row_hash] BIGINT NULL,
    [_loaded_at] DATETIME2(6) NULL,
    [_run_id] NVARCHAR(100) NULL,
    CONSTRAINT [PK_OverflowType] PRIMARY KEY ([overflow_type_id])
);

CREATE TABLE dbo.[EmploymentCategory] (
    [employment_category_id] INT NOT NULL,
    [uri] NVARCHAR(500) NULL,
    [description] NVARCHAR(500) NULL,
    [name] NVARCHAR(255) NULL,
    [name_key] NVARCHAR(100) NULL,
    [_source_version] BIGINT NULL,
    [_full] BIT NULL,
    [_observed_at] DATETIME2(6) NULL,
    [_extracted_at] DATETIME2(6) NULL,
    [_mapping_hash] BIGINT NULL,
    [_row_hash] BIGINT NULL,
    [_loaded_at] DATETIME2(6) NULL,
    [_run_id] NVARCHAR(100) NULL,
    CONSTRAINT [PK_EmploymentCategory] PRIMARY KEY ([employment_category_id])
);

CREATE TABLE dbo.[SuperBooking] (
    [super_booking_id] INT NOT NULL,
    [uri] NVARCHAR(500) NULL,
    [uuid] UNIQUEIDENTIFIER NULL,
    [_source_version] BIGINT NULL,
    [_full] BIT NULL,
    [_observed_at] DATETIME2(6) NULL,
    [_extracted_at] DATETIME2(6) NULL,
    [_mapping_hash] BIGINT NULL,
    [_row_hash] BIGINT NULL,
    [_loaded_at] DATETIME2(6) NULL,
    [_run_id] NVARCHAR(100) NULL,
    CONSTRAINT [PK_SuperBooking] PRIMARY KEY ([super_booking_id])
);

CREATE TABLE dbo.[Consumer] (
    [consumer_id] INT NOT NULL,
    [uri] NVARCHAR(500) NULL,
    [display_name] NVARCHAR(255) NULL,
    [name] NVARCHAR(255) NULL,
    [uuid] UNIQUEIDENTIFIER NULL,
    [_source_version] BIGINT NULL,
    [_full] BIT NULL,
    [_observed_at] DATETIME2(6) NULL,
    [_extracted_at] DATETIME2(6) NULL,
    [_mapping_hash] BIGINT NULL,
    [_row_hash] BIGINT NULL,
    [_loaded_at] DATETIME2(6) NULL,
    [_run_id] NVARCHAR(100) NULL,
    CONSTRAINT [PK_Consumer] PRIMARY KEY ([consumer_id])
);

CREATE TABLE dbo.[CancellationReason] (
    [cancellation_reason_id] INT NOT NULL,
    [uri] NVARCHAR(500) NULL,
    [description] NVARCHAR(500) NULL,
    [name] NVARCHAR(255) NULL,
    [name_key] NVARCHAR(100) NULL,
    [_source_version] BIGINT NULL,
    [_full] BIT NULL,
    [_observed_at] DATETIME2(6) NULL,
    [_extracted_at] DATETIME2(6) NULL,
    [_mapping_hash] BIGINT NULL,
    [_row_hash] BIGINT NULL,
    [_loaded_at] DATETIME2(6) NULL,
    [_run_id] NVARCHAR(100) NULL,
    CONSTRAINT [PK_CancellationReason] PRIMARY KEY ([cancellation_reason_id])
);

CREATE TABLE dbo.[RatePlan] (
    [rate_plan_id] INT NOT NULL,
    [uri] NVARCHAR(500) NULL,
    [version_value] INT NULL,
    [name] NVARCHAR(255) NULL,
    [name_key] NVARCHAR(100) NULL,
    [description] NVARCHAR(500) NULL,
    [message] NVARCHAR(500) NULL,
    [active] BIT NULL,
    [default_rate_plan] BIT NULL,
    [duration_override_hrs] DECIMAL(9,2) NULL,
    [rate_override] DECIMAL(12,4) NULL,
    [mileage] DECIMAL(12,4) NULL,
    [mileage_threshold] DECIMAL(12,4) NULL,
    [type_id] INT NULL,
    [type_name] NVARCHAR(100) NULL,
    [created_by] NVARCHAR(100) NULL,
    [created_date] DATETIME2(6) NULL,
    [last_modified_by] NVARCHAR(100) NULL,
    [last_modified_date] DATETIME2(6) NULL,
    [uuid] UNIQUEIDENTIFIER NULL,
    [_source_version] BIGINT NULL,
    [_full] BIT NULL,
    [_observed_at] DATETIME2(6) NULL,
    [_extracted_at] DATETIME2(6) NULL,
    [_mapping_hash] BIGINT NULL,
    [_row_hash] BIGINT NULL,
    [_loaded_at] DATETIME2(6) NULL,
    [_run_id] NVARCHAR(100) NULL,
    CONSTRAINT [PK_RatePlan] PRIMARY KEY ([rate_plan_id])
);

CREATE TABLE dbo.[BusinessUnit] (
    [business_unit_id] INT NOT NULL,
    [uri] NVARCHAR(500) NULL,
    [description] NVARCHAR(500) NULL,
    [name] NVARCHAR(255) NULL,
    [name_key] NVARCHAR(100) NULL,
    [uuid] UNIQUEIDENTIFIER NULL,
    [_source_version] BIGINT NULL,
    [_full] BIT NULL,
    [_observed_at] DATETIME2(6) NULL,
    [_extracted_at] DATETIME2(6) NULL,
    [_mapping_hash] BIGINT NULL,
    [_row_hash] BIGINT NULL,
    [_loaded_at] DATETIME2(6) NULL,
    [_run_id] NVARCHAR(100) NULL,
    CONSTRAINT [PK_BusinessUnit] PRIMARY KEY ([business_unit_id])
);

CREATE TABLE dbo.[RequirementCriteria] (
    [criteria_id] INT NOT NULL,
    [uri] NVARCHAR(500) NULL,
    [description] NVARCHAR(500) NULL,
    [name] NVARCHAR(255) NULL,
    [preset_criteria] BIT NULL,
    [type_id] INT NULL,
    [type_name] NVARCHAR(255) NULL,
    [type_name_key] NVARCHAR(100) NULL,
    [_source_version] BIGINT NULL,
    [_full] BIT NULL,
    [_observed_at] DATETIME2(6) NULL,
    [_extracted_at] DATETIME2(6) NULL,
    [_mapping_hash] BIGINT NULL,
    [_row_hash] BIGINT NULL,
    [_loaded_at] DATETIME2(6) NULL,
    [_run_id] NVARCHAR(100) NULL,
    CONSTRAINT [PK_RequirementCriteria] PRIMARY KEY ([criteria_id])
);

ALTER TABLE dbo.[Customer] ALTER COLUMN [uri] NVARCHAR(500);

ALTER TABLE dbo.[Customer] ALTER COLUMN [access_code] NVARCHAR(100);

ALTER TABLE dbo.[Customer] ALTER COLUMN [accounting_reference] NVARCHAR(100);

ALTER TABLE dbo.[Customer] ALTER COLUMN [display_name] NVARCHAR(255);

ALTER TABLE dbo.[Customer] ALTER COLUMN [name] NVARCHAR(255);

ALTER TABLE dbo.[Customer] ALTER COLUMN [parent_accounting_ref] NVARCHAR(100);

ALTER TABLE dbo.[Customer] ALTER COLUMN [payment_terms] NVARCHAR(100);

ALTER TABLE dbo.[Customer] ALTER COLUMN [umbrella_number] NVARCHAR(100);

ALTER TABLE dbo.[Customer] ALTER COLUMN [website] NVARCHAR(255);

ALTER TABLE dbo.[Customer] ALTER COLUMN [status_name] NVARCHAR(100);

ALTER TABLE dbo.[Customer] ALTER COLUMN [status_name_key] NVARCHAR(100);

ALTER TABLE dbo.[Customer] ALTER COLUMN [last_modified_by] NVARCHAR(100);

ALTER TABLE dbo.[Customer] ALTER COLUMN [created_by] NVARCHAR(100);

ALTER TABLE dbo.[Customer] ALTER COLUMN [customer_special_instructions] NVARCHAR(MAX);

ALTER TABLE dbo.[Customer] ALTER COLUMN [account_executive] NVARCHAR(255);

ALTER TABLE dbo.[Customer] ALTER COLUMN [account_manager] NVARCHAR(255);

ALTER TABLE dbo.[Customer] ALTER COLUMN [accounting_sick_leave_code] NVARCHAR(100);

ALTER TABLE dbo.[Customer] ALTER COLUMN [billing_account] NVARCHAR(100);

ALTER TABLE dbo.[Customer] ALTER COLUMN [billing_method] NVARCHAR(100);

ALTER TABLE dbo.[Customer] ALTER COLUMN [notes] NVARCHAR(MAX);

ALTER TABLE dbo.[Customer] ALTER COLUMN [parent_name] NVARCHAR(255);

ALTER TABLE dbo.[Customer] ALTER COLUMN [purchase_order_number] NVARCHAR(100);

ALTER TABLE dbo.[Customer] ADD [_source_version] BIGINT NULL;

ALTER TABLE dbo.[Customer] ADD [_full] BIT NULL;

ALTER TABLE dbo.[Customer] ADD [_observed_at] DATETIME2(6) NULL;

ALTER TABLE dbo.[Customer] ADD [_extracted_at] DATETIME2(6) NULL;

ALTER TABLE dbo.[Customer] ADD [_mapping_hash] BIGINT NULL;

ALTER TABLE dbo.[Customer] ADD [_row_hash] BIGINT NULL;

ALTER TABLE dbo.[Customer] ADD [_loaded_at] DATETIME2(6) NULL;

ALTER TABLE dbo.[Customer] ADD [_run_id] NVARCHAR(100) NULL;

INSERT INTO dbo.[ContractType] ([contract_type_id])
SELECT DISTINCT s.[contract_type_id] FROM dbo.[Customer] AS s
WHERE s.[contract_type_id] IS NOT NULL AND NOT EXISTS (SELECT 1 FROM dbo.[ContractType] AS r WHERE r.[contract_type_id] = s.[contract_type_id]);

ALTER TABLE dbo.[Customer] ADD CONSTRAINT [FK_Customer_contract_type_id] FOREIGN KEY ([contract_type_id]) REFERENCES dbo.[ContractType] ([contract_type_id]);

ALTER TABLE dbo.[Customer] DROP CONSTRAINT [FK_Customer_config_id];

INSERT INTO dbo.[CustomerConfig] ([config_id])
SELECT DISTINCT s.[config_id] FROM dbo.[Customer] AS s
WHERE s.[config_id] IS NOT NULL AND NOT EXISTS (SELECT 1 FROM dbo.[CustomerConfig] AS r WHERE r.[config_id] = s.[config_id]);

ALTER TABLE dbo.[Customer] ADD CONSTRAINT [FK_Customer_config_id] FOREIGN KEY ([config_id]) REFERENCES dbo.[CustomerConfig] ([config_id]);

CREATE INDEX [IX_Customer_contract_type_id] ON dbo.[Customer] ([contract_type_id]);

CREATE INDEX [IX_Customer_company_id] ON dbo.[Customer] ([company_id]);

CREATE INDEX [IX_Customer_config_id] ON dbo.[Customer] ([config_id]);

CREATE INDEX [IX_Customer_status_name_key] ON dbo.[Customer] ([status_name_key]);

CREATE INDEX [IX_Customer_last_modified_date] ON dbo.[Customer] ([last_modified_date]);

ALTER TABLE dbo.[Interpreter] ALTER COLUMN [uri] NVARCHAR(500);

ALTER TABLE dbo.[Interpreter] ALTER COLUMN [display_name] NVARCHAR(255);

ALTER TABLE dbo.[Interpreter] ALTER COLUMN [name] NVARCHAR(255);

ALTER TABLE dbo.[Interpreter] ALTER COLUMN [first_name] NVARCHAR(255);

ALTER TABLE dbo.[Interpreter] ALTER COLUMN [last_name] NVARCHAR(255);

ALTER TABLE dbo.[Interpreter] ALTER COLUMN [middle_name] NVARCHAR(255);

ALTER TABLE dbo.[Interpreter] ALTER COLUMN [nick_name] NVARCHAR(255);

ALTER TABLE dbo.[Interpreter] ALTER COLUMN [time_zone] NVARCHAR(100);

ALTER TABLE dbo.[Interpreter] ALTER COLUMN [time_zone_display_name] NVARCHAR(50);

ALTER TABLE dbo.[Interpreter] ALTER COLUMN [primary_email] NVARCHAR(255);

ALTER TABLE dbo.[Interpreter] ALTER COLUMN [primary_phone] NVARCHAR(50);

ALTER TABLE dbo.[Interpreter] ALTER COLUMN [currency_code] NVARCHAR(20);

ALTER TABLE dbo.[Interpreter] ALTER COLUMN [region] NVARCHAR(100);

ALTER TABLE dbo.[Interpreter] ALTER COLUMN [active_note] NVARCHAR(MAX);

ALTER TABLE dbo.[Interpreter] ALTER COLUMN [created_by] NVARCHAR(100);

ALTER TABLE dbo.[Interpreter] ALTER COLUMN [last_modified_by] NVARCHAR(100);

ALTER TABLE dbo.[Interpreter] ALTER COLUMN [iol_nrcpd_number] NVARCHAR(100);

ALTER TABLE dbo.[Interpreter] ALTER COLUMN [referral_source] NVARCHAR(255);

ALTER TABLE dbo.[Interpreter] ALTER COLUMN [recruiter_name] NVARCHAR(255);

ALTER TABLE dbo.[Interpreter] ALTER COLUMN [sort_code] NVARCHAR(100);

ALTER TABLE dbo.[Interpreter] ALTER COLUMN [swift] NVARCHAR(100);

ALTER TABLE dbo.[Interpreter] ALTER COLUMN [iban] NVARCHAR(100);

ALTER TABLE dbo.[Interpreter] ALTER COLUMN [bank_account] NVARCHAR(100);

ALTER TABLE dbo.[Interpreter] ALTER COLUMN [bank_account_description] NVARCHAR(255);

ALTER TABLE dbo.[Interpreter] ALTER COLUMN [bank_account_reference] NVARCHAR(255);

ALTER TABLE dbo.[Interpreter] ALTER COLUMN [bank_branch] NVARCHAR(100);

ALTER TABLE dbo.[Interpreter] ALTER COLUMN [notes] NVARCHAR(MAX);

ALTER TABLE dbo.[Interpreter] ALTER COLUMN [taleo_id] NVARCHAR(50);

ALTER TABLE dbo.[Interpreter] ADD [_source_version] BIGINT NULL;

ALTER TABLE dbo.[Interpreter] ADD [_full] BIT NULL;

ALTER TABLE dbo.[Interpreter] ADD [_observed_at] DATETIME2(6) NULL;

ALTER TABLE dbo.[Interpreter] ADD [_extracted_at] DATETIME2(6) NULL;

ALTER TABLE dbo.[Interpreter] ADD [_mapping_hash] BIGINT NULL;

ALTER TABLE dbo.[Interpreter] ADD [_row_hash] BIGINT NULL;

ALTER TABLE dbo.[Interpreter] ADD [_loaded_at] DATETIME2(6) NULL;

ALTER TABLE dbo.[Interpreter] ADD [_run_id] NVARCHAR(100) NULL;

INSERT INTO dbo.[EmploymentCategory] ([employment_category_id])
SELECT DISTINCT s.[employment_category_id] FROM dbo.[Interpreter] AS s
WHERE s.[employment_category_id] IS NOT NULL AND NOT EXISTS (SELECT 1 FROM dbo.[EmploymentCategory] AS r WHERE r.[employment_category_id] = s.[employment_category_id]);

ALTER TABLE dbo.[Interpreter] ADD CONSTRAINT [FK_Interpreter_employment_category_id] FOREIGN KEY ([employment_category_id]) REFERENCES dbo.[EmploymentCategory] ([employment_category_id]);

CREATE INDEX [IX_Interpreter_employment_category_id] ON dbo.[Interpreter] ([employment_category_id]);

CREATE INDEX [IX_Interpreter_last_modified_date] ON dbo.[Interpreter] ([last_modified_date]);

ALTER TABLE dbo.[Requestor] ALTER COLUMN [uri] NVARCHAR(500);

ALTER TABLE dbo.[Requestor] ALTER COLUMN [display_label] NVARCHAR(255);

ALTER TABLE dbo.[Requestor] ALTER COLUMN [display_name] NVARCHAR(255);

ALTER TABLE dbo.[Requestor] ALTER COLUMN [name] NVARCHAR(255);

ALTER TABLE dbo.[Requestor] ALTER COLUMN [email] NVARCHAR(255);

ALTER TABLE dbo.[Requestor] ALTER COLUMN [number] NVARCHAR(50);

ALTER TABLE dbo.[Requestor] ALTER COLUMN [locale_or_default] NVARCHAR(50);

ALTER TABLE dbo.[Requestor] ALTER COLUMN [fax_number] NVARCHAR(50);

ALTER TABLE dbo.[Requestor] ALTER COLUMN [other] NVARCHAR(255);

ALTER TABLE dbo.[Requestor] ALTER COLUMN [mfa_method] NVARCHAR(50);

ALTER TABLE dbo.[Requestor] ALTER COLUMN [username] NVARCHAR(255);

ALTER TABLE dbo.[Requestor] ALTER COLUMN [tz] NVARCHAR(100);

ALTER TABLE dbo.[Requestor] ALTER COLUMN [associations_uri] NVARCHAR(500);

ALTER TABLE dbo.[Requestor] ALTER COLUMN [business_units_uri] NVARCHAR(500);

ALTER TABLE dbo.[Requestor] ALTER COLUMN [password_last_change_str] NVARCHAR(255);

ALTER TABLE dbo.[Requestor] ADD [_source_version] BIGINT NULL;

ALTER TABLE dbo.[Requestor] ADD [_full] BIT NULL;

ALTER TABLE dbo.[Requestor] ADD [_observed_at] DATETIME2(6) NULL;

ALTER TABLE dbo.[Requestor] ADD [_extracted_at] DATETIME2(6) NULL;

ALTER TABLE dbo.[Requestor] ADD [_mapping_hash] BIGINT NULL;

ALTER TABLE dbo.[Requestor] ADD [_row_hash] BIGINT NULL;

ALTER TABLE dbo.[Requestor] ADD [_loaded_at] DATETIME2(6) NULL;

ALTER TABLE dbo.[Requestor] ADD [_run_id] NVARCHAR(100) NULL;

INSERT INTO dbo.[Client] ([client_id])
SELECT DISTINCT s.[client_association_id] FROM dbo.[Requestor] AS s
WHERE s.[client_association_id] IS NOT NULL AND NOT EXISTS (SELECT 1 FROM dbo.[Client] AS r WHERE r.[client_id] = s.[client_association_id]);

ALTER TABLE dbo.[Requestor] ADD CONSTRAINT [FK_Requestor_client_association_id] FOREIGN KEY ([client_association_id]) REFERENCES dbo.[Client] ([client_id]);

CREATE INDEX [IX_Requestor_email] ON dbo.[Requestor] ([email]);

CREATE INDEX [IX_Requestor_client_association_id] ON dbo.[Requestor] ([client_association_id]);

ALTER TABLE dbo.[Visit] ALTER COLUMN [uri] NVARCHAR(500);

ALTER TABLE dbo.[Visit] ALTER COLUMN [contact_rate_plan] NVARCHAR(100);

ALTER TABLE dbo.[Visit] ALTER COLUMN [customer_rate_plan] NVARCHAR(100);

ALTER TABLE dbo.[Visit] ALTER COLUMN [created_by] NVARCHAR(100);

ALTER TABLE dbo.[Visit] ALTER COLUMN [last_modified_by] NVARCHAR(100);

ALTER TABLE dbo.[Visit] ALTER COLUMN [status_uri] NVARCHAR(500);

ALTER TABLE dbo.[Visit] ALTER COLUMN [status_description] NVARCHAR(500);

ALTER TABLE dbo.[Visit] ALTER COLUMN [status_l10n_key] NVARCHAR(100);

ALTER TABLE dbo.[Visit] ALTER COLUMN [status_message] NVARCHAR(500);

ALTER TABLE dbo.[Visit] ALTER COLUMN [status_name] NVARCHAR(100);

ALTER TABLE dbo.[Visit] ALTER COLUMN [status_name_key] NVARCHAR(100);

ALTER TABLE dbo.[Visit] ADD [contact_rate_plan_id] INT NULL;

ALTER TABLE dbo.[Visit] ADD [customer_rate_plan_id] INT NULL;

ALTER TABLE dbo.[Visit] ADD [_source_version] BIGINT NULL;

ALTER TABLE dbo.[Visit] ADD [_full] BIT NULL;

ALTER TABLE dbo.[Visit] ADD [_observed_at] DATETIME2(6) NULL;

ALTER TABLE dbo.[Visit] ADD [_extracted_at] DATETIME2(6) NULL;

ALTER TABLE dbo.[Visit] ADD [_mapping_hash] BIGINT NULL;

ALTER TABLE dbo.[Visit] ADD [_row_hash] BIGINT NULL;

ALTER TABLE dbo.[Visit] ADD [_loaded_at] DATETIME2(6) NULL;

ALTER TABLE dbo.[Visit] ADD [_run_id] NVARCHAR(100) NULL;

INSERT INTO dbo.[BookingStatus] ([status_id])
SELECT DISTINCT s.[status_id] FROM dbo.[Visit] AS s
WHERE s.[status_id] IS NOT NULL AND NOT EXISTS (SELECT 1 FROM dbo.[BookingStatus] AS r WHERE r.[status_id] = s.[status_id]);

ALTER TABLE dbo.[Visit] ADD CONSTRAINT [FK_Visit_status_id] FOREIGN KEY ([status_id]) REFERENCES dbo.[BookingStatus] ([status_id]);

ALTER TABLE dbo.[Visit] ADD CONSTRAINT [FK_Visit_contact_rate_plan_id] FOREIGN KEY ([contact_rate_plan_id]) REFERENCES dbo.[RatePlan] ([rate_plan_id]);

ALTER TABLE dbo.[Visit] ADD CONSTRAINT [FK_Visit_customer_rate_plan_id] FOREIGN KEY ([customer_rate_plan_id]) REFERENCES dbo.[RatePlan] ([rate_plan_id]);

CREATE INDEX [IX_Visit_last_modified_date] ON dbo.[Visit] ([last_modified_date]);

CREATE INDEX [IX_Visit_status_id] ON dbo.[Visit] ([status_id]);

CREATE INDEX [IX_Visit_contact_rate_plan_id] ON dbo.[Visit] ([contact_rate_plan_id]);

CREATE INDEX [IX_Visit_customer_rate_plan_id] ON dbo.[Visit] ([customer_rate_plan_id]);

ALTER TABLE dbo.[Booking] ALTER COLUMN [uri] NVARCHAR(500);

ALTER TABLE dbo.[Booking] ALTER COLUMN [access_code] NVARCHAR(100);

ALTER TABLE dbo.[Booking] ALTER COLUMN [accounting_reference] NVARCHAR(100);

ALTER TABLE dbo.[Booking] ALTER COLUMN [actual_location_display] NVARCHAR(255);

ALTER TABLE dbo.[Booking] ALTER COLUMN [assigned_by] NVARCHAR(100);

ALTER TABLE dbo.[Booking] ALTER COLUMN [assigned_by_username] NVARCHAR(100);

ALTER TABLE dbo.[Booking] ALTER COLUMN [billing_notes] NVARCHAR(MAX);

ALTER TABLE dbo.[Booking] ALTER COLUMN [booking_details] NVARCHAR(MAX);

ALTER TABLE dbo.[Booking] ALTER COLUMN [booking_requirements_uri] NVARCHAR(500);

ALTER TABLE dbo.[Booking] ALTER COLUMN [cancellation_reason] NVARCHAR(255);

ALTER TABLE dbo.[Booking] ALTER COLUMN [client_name] NVARCHAR(255);

ALTER TABLE dbo.[Booking] ALTER COLUMN [company_special_instructions] NVARCHAR(MAX);

ALTER TABLE dbo.[Booking] ALTER COLUMN [consumers_uri] NVARCHAR(500);

ALTER TABLE dbo.[Booking] ALTER COLUMN [contact_rate_plan] NVARCHAR(100);

ALTER TABLE dbo.[Booking] ALTER COLUMN [contact_special_instructions] NVARCHAR(MAX);

ALTER TABLE dbo.[Booking] ALTER COLUMN [created_by] NVARCHAR(100);

ALTER TABLE dbo.[Booking] ALTER COLUMN [currency_code] NVARCHAR(20);

ALTER TABLE dbo.[Booking] ALTER COLUMN [currency_symbol] NVARCHAR(10);

ALTER TABLE dbo.[Booking] ALTER COLUMN [custom_consumer] NVARCHAR(255);

ALTER TABLE dbo.[Booking] ALTER COLUMN [custom_requestor] NVARCHAR(255);

ALTER TABLE dbo.[Booking] ALTER COLUMN [customer_business_unit] NVARCHAR(255);

ALTER TABLE dbo.[Booking] ALTER COLUMN [customer_notes] NVARCHAR(MAX);

ALTER TABLE dbo.[Booking] ALTER COLUMN [customer_rate_plan] NVARCHAR(100);

ALTER TABLE dbo.[Booking] ALTER COLUMN [customer_rate_plan_association] NVARCHAR(100);

ALTER TABLE dbo.[Booking] ALTER COLUMN [customer_rate_plan_override] NVARCHAR(100);

ALTER TABLE dbo.[Booking] ALTER COLUMN [customer_rate_zone_override] NVARCHAR(100);

ALTER TABLE dbo.[Booking] ALTER COLUMN [customer_special_instructions] NVARCHAR(MAX);

ALTER TABLE dbo.[Booking] ALTER COLUMN [disclaimer_accepted_initials] NVARCHAR(50);

ALTER TABLE dbo.[Booking] ALTER COLUMN [final_notes] NVARCHAR(MAX);

ALTER TABLE dbo.[Booking] ALTER COLUMN [gender_requirement] NVARCHAR(100);

ALTER TABLE dbo.[Booking] ALTER COLUMN [general_customer_account_manager] NVARCHAR(255);

ALTER TABLE dbo.[Booking] ALTER COLUMN [general_customer_business_unit] NVARCHAR(255);

ALTER TABLE dbo.[Booking] ALTER COLUMN [incidentals_uri] NVARCHAR(500);

ALTER TABLE dbo.[Booking] ALTER COLUMN [interpreter_business_unit] NVARCHAR(255);

ALTER TABLE dbo.[Booking] ALTER COLUMN [interpreter_notes] NVARCHAR(MAX);

ALTER TABLE dbo.[Booking] ALTER COLUMN [job_offers_uri] NVARCHAR(500);

ALTER TABLE dbo.[Booking] ALTER COLUMN [language_code] NVARCHAR(20);

ALTER TABLE dbo.[Booking] ALTER COLUMN [last_modified_by] NVARCHAR(100);

ALTER TABLE dbo.[Booking] ALTER COLUMN [local_booking_mode] NVARCHAR(255);

ALTER TABLE dbo.[Booking] ALTER COLUMN [location_note] NVARCHAR(MAX);

ALTER TABLE dbo.[Booking] ALTER COLUMN [notes] NVARCHAR(MAX);

ALTER TABLE dbo.[Booking] ALTER COLUMN [notification_email] NVARCHAR(255);

ALTER TABLE dbo.[Booking] ALTER COLUMN [number_for_telephone_translation] NVARCHAR(50);

ALTER TABLE dbo.[Booking] ALTER COLUMN [offer_mode] NVARCHAR(50);

ALTER TABLE dbo.[Booking] ALTER COLUMN [origin_of_request] NVARCHAR(50);

ALTER TABLE dbo.[Booking] ALTER COLUMN [owner] NVARCHAR(100);

ALTER TABLE dbo.[Booking] ALTER COLUMN [place_of_appointment] NVARCHAR(255);

ALTER TABLE dbo.[Booking] ALTER COLUMN [rate_plan_override] NVARCHAR(100);

ALTER TABLE dbo.[Booking] ALTER COLUMN [rate_zone_override] NVARCHAR(100);

ALTER TABLE dbo.[Booking] ALTER COLUMN [refs_uri] NVARCHAR(500);

ALTER TABLE dbo.[Booking] ALTER COLUMN [requested_by] NVARCHAR(255);

ALTER TABLE dbo.[Booking] ALTER COLUMN [requirements_uri] NVARCHAR(500);

ALTER TABLE dbo.[Booking] ALTER COLUMN [sessions_uri] NVARCHAR(500);

ALTER TABLE dbo.[Booking] ALTER COLUMN [signature_hash] NVARCHAR(255);

ALTER TABLE dbo.[Booking] ALTER COLUMN [signature_location] NVARCHAR(255);

ALTER TABLE dbo.[Booking] ALTER COLUMN [signature_raw] NVARCHAR(MAX);

ALTER TABLE dbo.[Booking] ALTER COLUMN [signer] NVARCHAR(100);

ALTER TABLE dbo.[Booking] ALTER COLUMN [site_contact] NVARCHAR(255);

ALTER TABLE dbo.[Booking] ALTER COLUMN [status_name] NVARCHAR(100);

ALTER TABLE dbo.[Booking] ALTER COLUMN [status_uri] NVARCHAR(500);

ALTER TABLE dbo.[Booking] ALTER COLUMN [time_zone] NVARCHAR(100);

ALTER TABLE dbo.[Booking] ALTER COLUMN [time_zone_display_name] NVARCHAR(50);

ALTER TABLE dbo.[Booking] ALTER COLUMN [unfulfilled_reason] NVARCHAR(255);

ALTER TABLE dbo.[Booking] ALTER COLUMN [user_editing] NVARCHAR(100);

ALTER TABLE dbo.[Booking] ALTER COLUMN [actual_location_uri] NVARCHAR(500);

ALTER TABLE dbo.[Booking] ALTER COLUMN [billing_location_uri] NVARCHAR(500);

ALTER TABLE dbo.[Booking] ALTER COLUMN [location_uri] NVARCHAR(500);

ALTER TABLE dbo.[Booking] ALTER COLUMN [company_uri] NVARCHAR(500);

ALTER TABLE dbo.[Booking] ADD [status_id] INT NULL;

ALTER TABLE dbo.[Booking] ADD [cancellation_reason_id] INT NULL;

ALTER TABLE dbo.[Booking] ADD [contact_rate_plan_id] INT NULL;

ALTER TABLE dbo.[Booking] ADD [customer_rate_plan_id] INT NULL;

ALTER TABLE dbo.[Booking] ADD [customer_business_unit_id] INT NULL;

ALTER TABLE dbo.[Booking] ADD [general_customer_business_unit_id] INT NULL;

ALTER TABLE dbo.[Booking] ADD [interpreter_business_unit_id] INT NULL;

ALTER TABLE dbo.[Booking] ADD [local_booking_mode_id] INT NULL;

ALTER TABLE dbo.[Booking] ADD [_source_version] BIGINT NULL;

ALTER TABLE dbo.[Booking] ADD [_full] BIT NULL;

ALTER TABLE dbo.[Booking] ADD [_observed_at] DATETIME2(6) NULL;

ALTER TABLE dbo.[Booking] ADD [_extracted_at] DATETIME2(6) NULL;

ALTER TABLE dbo.[Booking] ADD [_mapping_hash] BIGINT NULL;

ALTER TABLE dbo.[Booking] ADD [_row_hash] BIGINT NULL;

ALTER TABLE dbo.[Booking] ADD [_loaded_at] DATETIME2(6) NULL;

ALTER TABLE dbo.[Booking] ADD [_run_id] NVARCHAR(100) NULL;

ALTER TABLE dbo.[Booking] ADD [_deleted_at] DATETIME2(6) NULL;

INSERT INTO dbo.[BookingMode] ([booking_mode_id])
SELECT DISTINCT s.[booking_mode_id] FROM dbo.[Booking] AS s
WHERE s.[booking_mode_id] IS NOT NULL AND NOT EXISTS (SELECT 1 FROM dbo.[BookingMode] AS r WHERE r.[booking_mode_id] = s.[booking_mode_id]);

ALTER TABLE dbo.[Booking] ADD CONSTRAINT [FK_Booking_booking_mode_id] FOREIGN KEY ([booking_mode_id]) REFERENCES dbo.[BookingMode] ([booking_mode_id]);

INSERT INTO dbo.[Client] ([client_id])
SELECT DISTINCT s.[client_id] FROM dbo.[Booking] AS s
WHERE s.[client_id] IS NOT NULL AND NOT EXISTS (SELECT 1 FROM dbo.[Client] AS r WHERE r.[client_id] = s.[client_id]);

ALTER TABLE dbo.[Booking] ADD CONSTRAINT [FK_Booking_client_id] FOREIGN KEY ([client_id]) REFERENCES dbo.[Client] ([client_id]);

INSERT INTO dbo.[Consumer] ([consumer_id])
SELECT DISTINCT s.[consumer_id] FROM dbo.[Booking] AS s
WHERE s.[consumer_id] IS NOT NULL AND NOT EXISTS (SELECT 1 FROM dbo.[Consumer] AS r WHERE r.[consumer_id] = s.[consumer_id]);

ALTER TABLE dbo.[Booking] ADD CONSTRAINT [FK_Booking_consumer_id] FOREIGN KEY ([consumer_id]) REFERENCES dbo.[Consumer] ([consumer_id]);

INSERT INTO dbo.[Language] ([language_id])
SELECT DISTINCT s.[default_language_id] FROM dbo.[Booking] AS s
WHERE s.[default_language_id] IS NOT NULL AND NOT EXISTS (SELECT 1 FROM dbo.[Language] AS r WHERE r.[language_id] = s.[default_language_id]);

ALTER TABLE dbo.[Booking] ADD CONSTRAINT [FK_Booking_default_language_id] FOREIGN KEY ([default_language_id]) REFERENCES dbo.[Language] ([language_id]);

INSERT INTO dbo.[EmploymentCategory] ([employment_category_id])
SELECT DISTINCT s.[employment_category_id] FROM dbo.[Booking] AS s
WHERE s.[employment_category_id] IS NOT NULL AND NOT EXISTS (SELECT 1 FROM dbo.[EmploymentCategory] AS r WHERE r.[employment_category_id] = s.[employment_category_id]);

ALTER TABLE dbo.[Booking] ADD CONSTRAINT [FK_Booking_employment_category_id] FOREIGN KEY ([employment_category_id]) REFERENCES dbo.[EmploymentCategory] ([employment_category_id]);

INSERT INTO dbo.[InvoiceStatus] ([invoice_status_id])
SELECT DISTINCT s.[invoice_status_id] FROM dbo.[Booking] AS s
WHERE s.[invoice_status_id] IS NOT NULL AND NOT EXISTS (SELECT 1 FROM dbo.[InvoiceStatus] AS r WHERE r.[invoice_status_id] = s.[invoice_status_id]);

ALTER TABLE dbo.[Booking] ADD CONSTRAINT [FK_Booking_invoice_status_id] FOREIGN KEY ([invoice_status_id]) REFERENCES dbo.[InvoiceStatus] ([invoice_status_id]);

INSERT INTO dbo.[Language] ([language_id])
SELECT DISTINCT s.[language_id] FROM dbo.[Booking] AS s
WHERE s.[language_id] IS NOT NULL AND NOT EXISTS (SELECT 1 FROM dbo.[Language] AS r WHERE r.[language_id] = s.[language_id]);

ALTER TABLE dbo.[Booking] ADD CONSTRAINT [FK_Booking_language_id] FOREIGN KEY ([language_id]) REFERENCES dbo.[Language] ([language_id]);

INSERT INTO dbo.[OverflowType] ([overflow_type_id])
SELECT DISTINCT s.[overflow_type_id] FROM dbo.[Booking] AS s
WHERE s.[overflow_type_id] IS NOT NULL AND NOT EXISTS (SELECT 1 FROM dbo.[OverflowType] AS r WHERE r.[overflow_type_id] = s.[overflow_type_id]);

ALTER TABLE dbo.[Booking] ADD CONSTRAINT [FK_Booking_overflow_type_id] FOREIGN KEY ([overflow_type_id]) REFERENCES dbo.[OverflowType] ([overflow_type_id]);

INSERT INTO dbo.[PaymentStatus] ([payment_status_id])
SELECT DISTINCT s.[payment_status_id] FROM dbo.[Booking] AS s
WHERE s.[payment_status_id] IS NOT NULL AND NOT EXISTS (SELECT 1 FROM dbo.[PaymentStatus] AS r WHERE r.[payment_status_id] = s.[payment_status_id]);

ALTER TABLE dbo.[Booking] ADD CONSTRAINT [FK_Booking_payment_status_id] FOREIGN KEY ([payment_status_id]) REFERENCES dbo.[PaymentStatus] ([payment_status_id]);

INSERT INTO dbo.[SuperBooking] ([super_booking_id])
SELECT DISTINCT s.[super_booking_id] FROM dbo.[Booking] AS s
WHERE s.[super_booking_id] IS NOT NULL AND NOT EXISTS (SELECT 1 FROM dbo.[SuperBooking] AS r WHERE r.[super_booking_id] = s.[super_booking_id]);

ALTER TABLE dbo.[Booking] ADD CONSTRAINT [FK_Booking_super_booking_id] FOREIGN KEY ([super_booking_id]) REFERENCES dbo.[SuperBooking] ([super_booking_id]);

ALTER TABLE dbo.[Booking] ADD CONSTRAINT [FK_Booking_status_id] FOREIGN KEY ([status_id]) REFERENCES dbo.[BookingStatus] ([status_id]);

ALTER TABLE dbo.[Booking] ADD CONSTRAINT [FK_Booking_cancellation_reason_id] FOREIGN KEY ([cancellation_reason_id]) REFERENCES dbo.[CancellationReason] ([cancellation_reason_id]);

ALTER TABLE dbo.[Booking] ADD CONSTRAINT [FK_Booking_contact_rate_plan_id] FOREIGN KEY ([contact_rate_plan_id]) REFERENCES dbo.[RatePlan] ([rate_plan_id]);

ALTER TABLE dbo.[Booking] ADD CONSTRAINT [FK_Booking_customer_rate_plan_id] FOREIGN KEY ([customer_rate_plan_id]) REFERENCES dbo.[RatePlan] ([rate_plan_id]);

ALTER TABLE dbo.[Booking] ADD CONSTRAINT [FK_Booking_customer_business_unit_id] FOREIGN KEY ([customer_business_unit_id]) REFERENCES dbo.[BusinessUnit] ([business_unit_id]);

ALTER TABLE dbo.[Booking] ADD CONSTRAINT [FK_Booking_general_customer_business_unit_id] FOREIGN KEY ([general_customer_business_unit_id]) REFERENCES dbo.[BusinessUnit] ([business_unit_id]);

ALTER TABLE dbo.[Booking] ADD CONSTRAINT [FK_Booking_interpreter_business_unit_id] FOREIGN KEY ([interpreter_business_unit_id]) REFERENCES dbo.[BusinessUnit] ([business_unit_id]);

ALTER TABLE dbo.[Booking] ADD CONSTRAINT [FK_Booking_local_booking_mode_id] FOREIGN KEY ([local_booking_mode_id]) REFERENCES dbo.[BookingMode] ([booking_mode_id]);

CREATE INDEX [IX_Booking_actual_location_id] ON dbo.[Booking] ([actual_location_id]);

CREATE INDEX [IX_Booking_billing_customer_id] ON dbo.[Booking] ([billing_customer_id]);

CREATE INDEX [IX_Booking_billing_location_id] ON dbo.[Booking] ([billing_location_id]);

CREATE INDEX [IX_Booking_booking_date] ON dbo.[Booking] ([booking_date]);

CREATE INDEX [IX_Booking_booking_mode_id] ON dbo.[Booking] ([booking_mode_id]);

CREATE INDEX [IX_Booking_client_id] ON dbo.[Booking] ([client_id]);

CREATE INDEX [IX_Booking_company_id] ON dbo.[Booking] ([company_id]);

CREATE INDEX [IX_Booking_consumer_id] ON dbo.[Booking] ([consumer_id]);

CREATE INDEX [IX_Booking_created_date] ON dbo.[Booking] ([created_date]);

CREATE INDEX [IX_Booking_customer_id] ON dbo.[Booking] ([customer_id]);

CREATE INDEX [IX_Booking_default_language_id] ON dbo.[Booking] ([default_language_id]);

CREATE INDEX [IX_Booking_employment_category_id] ON dbo.[Booking] ([employment_category_id]);

CREATE INDEX [IX_Booking_expected_end_date] ON dbo.[Booking] ([expected_end_date]);

CREATE INDEX [IX_Booking_expected_start_date] ON dbo.[Booking] ([expected_start_date]);

CREATE INDEX [IX_Booking_integration_id] ON dbo.[Booking] ([integration_id]);

CREATE INDEX [IX_Booking_interpreter_id] ON dbo.[Booking] ([interpreter_id]);

CREATE INDEX [IX_Booking_invoice_status_id] ON dbo.[Booking] ([invoice_status_id]);

CREATE INDEX [IX_Booking_is_cancelled] ON dbo.[Booking] ([is_cancelled]);

CREATE INDEX [IX_Booking_language_id] ON dbo.[Booking] ([language_id]);

CREATE INDEX [IX_Booking_language_code] ON dbo.[Booking] ([language_code]);

CREATE INDEX [IX_Booking_last_modified_date] ON dbo.[Booking] ([last_modified_date]);

CREATE INDEX [IX_Booking_location_id] ON dbo.[Booking] ([location_id]);

CREATE INDEX [IX_Booking_overflow_type_id] ON dbo.[Booking] ([overflow_type_id]);

CREATE INDEX [IX_Booking_payment_status_id] ON dbo.[Booking] ([payment_status_id]);

CREATE INDEX [IX_Booking_preferred_interpreter_id] ON dbo.[Booking] ([preferred_interpreter_id]);

CREATE INDEX [IX_Booking_primary_ref_id] ON dbo.[Booking] ([primary_ref_id]);

CREATE INDEX [IX_Booking_requestor_id] ON dbo.[Booking] ([requestor_id]);

CREATE INDEX [IX_Booking_status_name] ON dbo.[Booking] ([status_name]);

CREATE INDEX [IX_Booking_sub_location_id] ON dbo.[Booking] ([sub_location_id]);

CREATE INDEX [IX_Booking_super_booking_id] ON dbo.[Booking] ([super_booking_id]);

CREATE INDEX [IX_Booking_visit_id] ON dbo.[Booking] ([visit_id]);

CREATE INDEX [IX_Booking_status_id] ON dbo.[Booking] ([status_id]);

CREATE INDEX [IX_Booking_cancellation_reason_id] ON dbo.[Booking] ([cancellation_reason_id]);

CREATE INDEX [IX_Booking_contact_rate_plan_id] ON dbo.[Booking] ([contact_rate_plan_id]);

CREATE INDEX [IX_Booking_customer_rate_plan_id] ON dbo.[Booking] ([customer_rate_plan_id]);

CREATE INDEX [IX_Booking_customer_business_unit_id] ON dbo.[Booking] ([customer_business_unit_id]);

CREATE INDEX [IX_Booking_general_customer_business_unit_id] ON dbo.[Booking] ([general_customer_business_unit_id]);

CREATE INDEX [IX_Booking_interpreter_business_unit_id] ON dbo.[Booking] ([interpreter_business_unit_id]);

CREATE INDEX [IX_Booking_local_booking_mode_id] ON dbo.[Booking] ([local_booking_mode_id]);

ALTER TABLE dbo.[BookingRefs] ALTER COLUMN [uri] NVARCHAR(500);

ALTER TABLE dbo.[BookingRefs] ALTER COLUMN [name] NVARCHAR(255);

ALTER TABLE dbo.[BookingRefs] ALTER COLUMN [ref] NVARCHAR(255);

ALTER TABLE dbo.[BookingRefs] ALTER COLUMN [reference_value] NVARCHAR(255);

ALTER TABLE dbo.[BookingRefs] ALTER COLUMN [description] NVARCHAR(MAX);

ALTER TABLE dbo.[BookingRefs] ALTER COLUMN [dependent] NVARCHAR(255);

ALTER TABLE dbo.[BookingRefs] ADD [_source_version] BIGINT NULL;

ALTER TABLE dbo.[BookingRefs] ADD [_full] BIT NULL;

ALTER TABLE dbo.[BookingRefs] ADD [_observed_at] DATETIME2(6) NULL;

ALTER TABLE dbo.[BookingRefs] ADD [_extracted_at] DATETIME2(6) NULL;

ALTER TABLE dbo.[BookingRefs] ADD [_mapping_hash] BIGINT NULL;

ALTER TABLE dbo.[BookingRefs] ADD [_row_hash] BIGINT NULL;

ALTER TABLE dbo.[BookingRefs] ADD [_loaded_at] DATETIME2(6) NULL;

ALTER TABLE dbo.[BookingRefs] ADD [_run_id] NVARCHAR(100) NULL;

ALTER TABLE dbo.[BookingRefs] DROP CONSTRAINT [PK_BookingRefs];

ALTER TABLE dbo.[BookingRefs] ADD CONSTRAINT [PK_BookingRefs] PRIMARY KEY ([booking_id], [ref_id]);

INSERT INTO dbo.[SuperBooking] ([super_booking_id])
SELECT DISTINCT s.[super_booking_id] FROM dbo.[BookingRefs] AS s
WHERE s.[super_booking_id] IS NOT NULL AND NOT EXISTS (SELECT 1 FROM dbo.[SuperBooking] AS r WHERE r.[super_booking_id] = s.[super_booking_id]);

ALTER TABLE dbo.[BookingRefs] ADD CONSTRAINT [FK_BookingRefs_super_booking_id] FOREIGN KEY ([super_booking_id]) REFERENCES dbo.[SuperBooking] ([super_booking_id]);

INSERT INTO dbo.[Consumer] ([consumer_id])
SELECT DISTINCT s.[consumer_id] FROM dbo.[BookingRefs] AS s
WHERE s.[consumer_id] IS NOT NULL AND NOT EXISTS (SELECT 1 FROM dbo.[Consumer] AS r WHERE r.[consumer_id] = s.[consumer_id]);

ALTER TABLE dbo.[BookingRefs] ADD CONSTRAINT [FK_BookingRefs_consumer_id] FOREIGN KEY ([consumer_id]) REFERENCES dbo.[Consumer] ([consumer_id]);

CREATE INDEX [IX_BookingRefs_ref_id] ON dbo.[BookingRefs] ([ref_id]);

CREATE INDEX [IX_BookingRefs_reference_value] ON dbo.[BookingRefs] ([reference_value]);

CREATE INDEX [IX_BookingRefs_super_booking_id] ON dbo.[BookingRefs] ([super_booking_id]);

CREATE INDEX [IX_BookingRefs_consumer_id] ON dbo.[BookingRefs] ([consumer_id]);

CREATE INDEX [IX_BookingRefs_company_id] ON dbo.[BookingRefs] ([company_id]);

CREATE INDEX [IX_BookingRefs_config_id] ON dbo.[BookingRefs] ([config_id]);

CREATE INDEX [IX_BookingRefs_customer_id] ON dbo.[BookingRefs] ([customer_id]);

ALTER TABLE dbo.[BookingRequirements] ALTER COLUMN [created_by] NVARCHAR(100);

ALTER TABLE dbo.[BookingRequirements] ALTER COLUMN [criteria_name] NVARCHAR(255);

ALTER TABLE dbo.[BookingRequirements] ALTER COLUMN [dependent] NVARCHAR(255);

ALTER TABLE dbo.[BookingRequirements] ALTER COLUMN [last_modified_by] NVARCHAR(100);

ALTER TABLE dbo.[BookingRequirements] ADD [_source_version] BIGINT NULL;

ALTER TABLE dbo.[BookingRequirements] ADD [_full] BIT NULL;

ALTER TABLE dbo.[BookingRequirements] ADD [_observed_at] DATETIME2(6) NULL;

ALTER TABLE dbo.[BookingRequirements] ADD [_extracted_at] DATETIME2(6) NULL;

ALTER TABLE dbo.[BookingRequirements] ADD [_mapping_hash] BIGINT NULL;

ALTER TABLE dbo.[BookingRequirements] ADD [_row_hash] BIGINT NULL;

ALTER TABLE dbo.[BookingRequirements] ADD [_loaded_at] DATETIME2(6) NULL;

ALTER TABLE dbo.[BookingRequirements] ADD [_run_id] NVARCHAR(100) NULL;

ALTER TABLE dbo.[BookingRequirements] DROP CONSTRAINT [PK_BookingRequirements];

ALTER TABLE dbo.[BookingRequirements] ADD CONSTRAINT [PK_BookingRequirements] PRIMARY KEY ([booking_id], [requirement_id]);

INSERT INTO dbo.[RequirementCriteria] ([criteria_id])
SELECT DISTINCT s.[criteria_id] FROM dbo.[BookingRequirements] AS s
WHERE s.[criteria_id] IS NOT NULL AND NOT EXISTS (SELECT 1 FROM dbo.[RequirementCriteria] AS r WHERE r.[criteria_id] = s.[criteria_id]);

ALTER TABLE dbo.[BookingRequirements] ADD CONSTRAINT [FK_BookingRequirements_criteria_id] FOREIGN KEY ([criteria_id]) REFERENCES dbo.[RequirementCriteria] ([criteria_id]);

INSERT INTO dbo.[SuperBooking] ([super_booking_id])
SELECT DISTINCT s.[super_booking_id] FROM dbo.[BookingRequirements] AS s
WHERE s.[super_booking_id] IS NOT NULL AND NOT EXISTS (SELECT 1 FROM dbo.[SuperBooking] AS r WHERE r.[super_booking_id] = s.[super_booking_id]);

ALTER TABLE dbo.[BookingRequirements] ADD CONSTRAINT [FK_BookingRequirements_super_booking_id] FOREIGN KEY ([super_booking_id]) REFERENCES dbo.[SuperBooking] ([super_booking_id]);

CREATE INDEX [IX_BookingRequirements_requirement_id] ON dbo.[BookingRequirements] ([requirement_id]);

CREATE INDEX [IX_BookingRequirements_company_id] ON dbo.[BookingRequirements] ([company_id]);

CREATE INDEX [IX_BookingRequirements_config_id] ON dbo.[BookingRequirements] ([config_id]);

CREATE INDEX [IX_BookingRequirements_criteria_id] ON dbo.[BookingRequirements] ([criteria_id]);

CREATE INDEX [IX_BookingRequirements_super_booking_id] ON dbo.[BookingRequirements] ([super_booking_id]);

CREATE TABLE dbo.[BookingInvalidFields] (
    [booking_id] INT NOT NULL,
    [position] INT NOT NULL,
    [field] NVARCHAR(255) NULL,
    [_source_version] BIGINT NULL,
    [_full] BIT NULL,
    [_observed_at] DATETIME2(6) NULL,
    [_extracted_at] DATETIME2(6) NULL,
    [_mapping_hash] BIGINT NULL,
    [_row_hash] BIGINT NULL,
    [_loaded_at] DATETIME2(6) NULL,
    [_run_id] NVARCHAR(100) NULL,
    CONSTRAINT [PK_BookingInvalidFields] PRIMARY KEY ([booking_id], [position]),
    CONSTRAINT [FK_BookingInvalidFields_booking_id] FOREIGN KEY ([booking_id]) REFERENCES dbo.[Booking] ([booking_id])
);

CREATE TABLE dbo.[BookingOverriddenRequirements] (
    [booking_id] INT NOT NULL,
    [position] INT NOT NULL,
    [requirement_id] INT NULL,
    [uri] NVARCHAR(500) NULL,
    [uuid] UNIQUEIDENTIFIER NULL,
    [criteria_id] INT NULL,
    [criteria_name] NVARCHAR(255) NULL,
    [value] NVARCHAR(255) NULL,
    [required_flag] BIT NULL,
    [optional] BIT NULL,
    [_source_version] BIGINT NULL,
    [_full] BIT NULL,
    [_observed_at] DATETIME2(6) NULL,
    [_extracted_at] DATETIME2(6) NULL,
    [_mapping_hash] BIGINT NULL,
    [_row_hash] BIGINT NULL,
    [_loaded_at] DATETIME2(6) NULL,
    [_run_id] NVARCHAR(100) NULL,
    CONSTRAINT [PK_BookingOverriddenRequirements] PRIMARY KEY ([booking_id], [position]),
    CONSTRAINT [FK_BookingOverriddenRequirements_booking_id] FOREIGN KEY ([booking_id]) REFERENCES dbo.[Booking] ([booking_id])
);

CREATE TABLE dbo.[BookingConsumers] (
    [booking_id] INT NOT NULL,
    [consumer_id] INT NOT NULL,
    [_source_version] BIGINT NULL,
    [_full] BIT NULL,
    [_observed_at] DATETIME2(6) NULL,
    [_extracted_at] DATETIME2(6) NULL,
    [_mapping_hash] BIGINT NULL,
    [_row_hash] BIGINT NULL,
    [_loaded_at] DATETIME2(6) NULL,
    [_run_id] NVARCHAR(100) NULL,
    CONSTRAINT [PK_BookingConsumers] PRIMARY KEY ([booking_id], [consumer_id]),
    CONSTRAINT [FK_BookingConsumers_booking_id] FOREIGN KEY ([booking_id]) REFERENCES dbo.[Booking] ([booking_id]),
    CONSTRAINT [FK_BookingConsumers_consumer_id] FOREIGN KEY ([consumer_id]) REFERENCES dbo.[Consumer] ([consumer_id])
);

CREATE INDEX [IX_BookingConsumers_consumer_id] ON dbo.[BookingConsumers] ([consumer_id]);

CREATE TABLE dbo.[EnrichmentGap] (
    [booking_id] INT NOT NULL,
    [relation] NVARCHAR(100) COLLATE Latin1_General_100_BIN2 NOT NULL,
    [status] INT NULL,
    [reason] NVARCHAR(255) NULL,
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

-- missing:
-- column Company._source_version
-- column Company._full
-- column Company._observed_at
-- column Company._extracted_at
-- column Company._mapping_hash
-- column Company._row_hash
-- column Company._loaded_at
-- column Company._run_id
-- column Config._source_version
-- column Config._full
-- column Config._observed_at
-- column Config._extracted_at
-- column Config._mapping_hash
-- column Config._row_hash
-- column Config._loaded_at
-- column Config._run_id
-- column Integration._source_version
-- column Integration._full
-- column Integration._observed_at
-- column Integration._extracted_at
-- column Integration._mapping_hash
-- column Integration._row_hash
-- column Integration._loaded_at
-- column Integration._run_id
-- column Address._source_version
-- column Address._full
-- column Address._observed_at
-- column Address._extracted_at
-- column Address._mapping_hash
-- column Address._row_hash
-- column Address._loaded_at
-- column Address._run_id
-- table ContractType
-- table CustomerConfig
-- table Client
-- table Language
-- table BookingMode
-- table BookingStatus
-- table InvoiceStatus
-- table PaymentStatus
-- table OverflowType
-- table EmploymentCategory
-- table SuperBooking
-- table Consumer
-- table CancellationReason
-- table RatePlan
-- table BusinessUnit
-- table RequirementCriteria
-- column Customer._source_version
-- column Customer._full
-- column Customer._observed_at
-- column Customer._extracted_at
-- column Customer._mapping_hash
-- column Customer._row_hash
-- column Customer._loaded_at
-- column Customer._run_id
-- foreign key of column Customer.config_id to table CustomerConfig
-- column Interpreter._source_version
-- column Interpreter._full
-- column Interpreter._observed_at
-- column Interpreter._extracted_at
-- column Interpreter._mapping_hash
-- column Interpreter._row_hash
-- column Interpreter._loaded_at
-- column Interpreter._run_id
-- column Requestor._source_version
-- column Requestor._full
-- column Requestor._observed_at
-- column Requestor._extracted_at
-- column Requestor._mapping_hash
-- column Requestor._row_hash
-- column Requestor._loaded_at
-- column Requestor._run_id
-- column Visit.contact_rate_plan_id
-- column Visit.customer_rate_plan_id
-- column Visit._source_version
-- column Visit._full
-- column Visit._observed_at
-- column Visit._extracted_at
-- column Visit._mapping_hash
-- column Visit._row_hash
-- column Visit._loaded_at
-- column Visit._run_id
-- column Booking.status_id
-- column Booking.cancellation_reason_id
-- column Booking.contact_rate_plan_id
-- column Booking.customer_rate_plan_id
-- column Booking.customer_business_unit_id
-- column Booking.general_customer_business_unit_id
-- column Booking.interpreter_business_unit_id
-- column Booking.local_booking_mode_id
-- column Booking._source_version
-- column Booking._full
-- column Booking._observed_at
-- column Booking._extracted_at
-- column Booking._mapping_hash
-- column Booking._row_hash
-- column Booking._loaded_at
-- column Booking._run_id
-- column Booking._deleted_at
-- column BookingRefs._source_version
-- column BookingRefs._full
-- column BookingRefs._observed_at
-- column BookingRefs._extracted_at
-- column BookingRefs._mapping_hash
-- column BookingRefs._row_hash
-- column BookingRefs._loaded_at
-- column BookingRefs._run_id
-- primary key (booking_id, ref_id) of table BookingRefs
-- column BookingRequirements._source_version
-- column BookingRequirements._full
-- column BookingRequirements._observed_at
-- column BookingRequirements._extracted_at
-- column BookingRequirements._mapping_hash
-- column BookingRequirements._row_hash
-- column BookingRequirements._loaded_at
-- column BookingRequirements._run_id
-- primary key (booking_id, requirement_id) of table BookingRequirements
-- table BookingInvalidFields
-- table BookingOverriddenRequirements
-- table BookingConsumers
-- table EnrichmentGap
-- table RejectedValue
