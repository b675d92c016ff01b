CREATE TABLE dbo.[Company] (
    [company_id] INT NOT NULL,
    [uri] NVARCHAR(500) NULL,
    [description] NVARCHAR(500) NULL,
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
    CONSTRAINT [PK_Company] PRIMARY KEY ([company_id])
);

CREATE TABLE dbo.[Config] (
    [config_id] INT NOT NULL,
    [uri] NVARCHAR(500) NULL,
    [uuid] UNIQUEIDENTIFIER NULL,
    [allow_free_text] BIT NULL,
    [customer_specific] BIT NULL,
    [enable_dropdown] BIT NULL,
    [required] BIT NULL,
    [select_field] BIT NULL,
    [visible_for_interpreters] BIT NULL,
    [_source_version] BIGINT NULL,
    [_full] BIT NULL,
    [_observed_at] DATETIME2(6) NULL,
    [_extracted_at] DATETIME2(6) NULL,
    [_mapping_hash] BIGINT NULL,
    [_row_hash] BIGINT NULL,
    [_loaded_at] DATETIME2(6) NULL,
    [_run_id] NVARCHAR(100) NULL,
    CONSTRAINT [PK_Config] PRIMARY KEY ([config_id])
);

CREATE TABLE dbo.[Integration] (
    [integration_id] INT NOT NULL,
    [uri] NVARCHAR(500) NULL,
    [description] NVARCHAR(500) NULL,
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
    CONSTRAINT [PK_Integration] PRIMARY KEY ([integration_id])
);

CREATE TABLE dbo.[Address] (
    [address_id] INT NOT NULL,
    [uri] NVARCHAR(500) NULL,
    [active] BIT NULL,
    [addr_entered] NVARCHAR(500) NULL,
    [addr_formatted] NVARCHAR(500) NULL,
    [cost_center] NVARCHAR(100) NULL,
    [cost_center_name] NVARCHAR(255) NULL,
    [description] NVARCHAR(500) NULL,
    [display_label] NVARCHAR(255) NULL,
    [lat] DECIMAL(9,6) NULL,
    [lng] DECIMAL(9,6) NULL,
    [notes] NVARCHAR(MAX) NULL,
    [public_notes] NVARCHAR(MAX) NULL,
    [city_town] NVARCHAR(100) NULL,
    [postal_code] NVARCHAR(50) NULL,
    [state_county] NVARCHAR(100) NULL,
    [country] NVARCHAR(100) NULL,
    [timezone] NVARCHAR(100) NULL,
    [validated] BIT NULL,
    [validation_status] NVARCHAR(100) NULL,
    [uuid] UNIQUEIDENTIFIER NULL,
    [_source_version] BIGINT NULL,
    [_full] BIT NULL,
    [_observed_at] DATETIME2(6) NULL,
    [_extracted_at] DATETIME2(6) NULL,
    [_mapping_hash] BIGINT NULL,
    [_row_hash] BIGINT NULL,
    [_loaded_at] DATETIME2(6) NULL,
    [_run_id] NVARCHAR(100) NULL,
    CONSTRAINT [PK_Address] PRIMARY KEY ([address_id])
);

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

CREATE TABLE dbo.[Customer] (
    [customer_id] INT NOT NULL,
    [uri] NVARCHAR(500) NULL,
    [version_value] INT NULL,
    [access_code] NVARCHAR(100) NULL,
    [accounting_reference] NVARCHAR(100) NULL,
    [contract_type_id] INT NULL,
    [display_name] NVARCHAR(255) NULL,
    [name] NVARCHAR(255) NULL,
    [uuid] UNIQUEIDENTIFIER NULL,
    [company_id] INT NULL,
    [config_id] INT NULL,
    [parent_accounting_ref] NVARCHAR(100) NULL,
    [payment_days_due] INT NULL,
    [payment_terms] NVARCHAR(100) NULL,
    [enable_all_services] BIT NULL,
    [umbrella_number] NVARCHAR(100) NULL,
    [website] NVARCHAR(255) NULL,
    [status_name] NVARCHAR(100) NULL,
    [status_name_key] NVARCHAR(100) NULL,
    [active] BIT NULL,
    [last_modified_by] NVARCHAR(100) NULL,
    [last_modified_date] DATETIME2(6) NULL,
    [created_by] NVARCHAR(100) NULL,
    [created_date] DATETIME2(6) NULL,
    [customer_special_instructions] NVARCHAR(MAX) NULL,
    [account_executive] NVARCHAR(255) NULL,
    [account_manager] NVARCHAR(255) NULL,
    [accounting_sick_leave_code] NVARCHAR(100) NULL,
    [billing_account] NVARCHAR(100) NULL,
    [billing_method] NVARCHAR(100) NULL,
    [notes] NVARCHAR(MAX) NULL,
    [parent_name] NVARCHAR(255) NULL,
    [purchase_order_number] NVARCHAR(100) NULL,
    [is_synchronized] BIT NULL,
    [is_synchronized_manually] BIT NULL,
    [last_synchronized_date] DATETIME2(6) NULL,
    [_source_version] BIGINT NULL,
    [_full] BIT NULL,
    [_observed_at] DATETIME2(6) NULL,
    [_extracted_at] DATETIME2(6) NULL,
    [_mapping_hash] BIGINT NULL,
    [_row_hash] BIGINT NULL,
    [_loaded_at] DATETIME2(6) NULL,
    [_run_id] NVARCHAR(100) NULL,
    CONSTRAINT [PK_Customer] PRIMARY KEY ([customer_id]),
    CONSTRAINT [FK_Customer_contract_type_id] FOREIGN KEY ([contract_type_id]) REFERENCES dbo.[ContractType] ([contract_type_id]),
    CONSTRAINT [FK_Customer_company_id] FOREIGN KEY ([company_id]) REFERENCES dbo.[Company] ([company_id]),
    CONSTRAINT [FK_Customer_config_id] FOREIGN KEY ([config_id]) REFERENCES dbo.[CustomerConfig] ([config_id])
);

CREATE INDEX [IX_Customer_contract_type_id] ON dbo.[Customer] ([contract_type_id]);

CREATE INDEX [IX_Customer_company_id] ON dbo.[Customer] ([company_id]);

CREATE INDEX [IX_Customer_config_id] ON dbo.[Customer] ([config_id]);

CREATE INDEX [IX_Customer_status_name_key] ON dbo.[Customer] ([status_name_key]);

CREATE INDEX [IX_Customer_last_modified_date] ON dbo.[Customer] ([last_modified_date]);

CREATE TABLE dbo.[Interpreter] (
    [interpreter_id] INT NOT NULL,
    [uri] NVARCHAR(500) NULL,
    [display_name] NVARCHAR(255) NULL,
    [name] NVARCHAR(255) NULL,
    [first_name] NVARCHAR(255) NULL,
    [last_name] NVARCHAR(255) NULL,
    [middle_name] NVARCHAR(255) NULL,
    [nick_name] NVARCHAR(255) NULL,
    [gender_id] INT NULL,
    [time_zone] NVARCHAR(100) NULL,
    [time_zone_display_name] NVARCHAR(50) NULL,
    [primary_email] NVARCHAR(255) NULL,
    [primary_phone] NVARCHAR(50) NULL,
    [payment_method_id] INT NULL,
    [employment_category_id] INT NULL,
    [assignment_tier_id] INT NULL,
    [out_of_office] BIT NULL,
    [out_of_office_since] DATETIME2(6) NULL,
    [enable_all_services] BIT NULL,
    [currency_code] NVARCHAR(20) NULL,
    [region] NVARCHAR(100) NULL,
    [active_note] NVARCHAR(MAX) NULL,
    [uuid] UNIQUEIDENTIFIER NULL,
    [created_by] NVARCHAR(100) NULL,
    [created_date] DATETIME2(6) NULL,
    [last_modified_by] NVARCHAR(100) NULL,
    [last_modified_date] DATETIME2(6) NULL,
    [iol_nrcpd_number] NVARCHAR(100) NULL,
    [re_activation_date] DATETIME2(6) NULL,
    [referral_source] NVARCHAR(255) NULL,
    [recruiter_name] NVARCHAR(255) NULL,
    [has_children] BIT NULL,
    [has_transportation] BIT NULL,
    [search_radius] INT NULL,
    [induction_date] DATETIME2(6) NULL,
    [date_photo_sent_to_interpreter] DATETIME2(6) NULL,
    [date_photo_sent_to_printer] DATETIME2(6) NULL,
    [document_id] INT NULL,
    [eft_id] INT NULL,
    [sort_code] NVARCHAR(100) NULL,
    [swift] NVARCHAR(100) NULL,
    [iban] NVARCHAR(100) NULL,
    [bank_account] NVARCHAR(100) NULL,
    [bank_account_description] NVARCHAR(255) NULL,
    [bank_account_reference] NVARCHAR(255) NULL,
    [bank_branch] NVARCHAR(100) NULL,
    [routing_pstn] BIT NULL,
    [is_synchronized] BIT NULL,
    [is_synchronized_manually] BIT NULL,
    [last_synchronized_date] DATETIME2(6) NULL,
    [original_start_date] DATETIME2(6) NULL,
    [notes] NVARCHAR(MAX) NULL,
    [taleo_id] NVARCHAR(50) NULL,
    [_source_version] BIGINT NULL,
    [_full] BIT NULL,
    [_observed_at] DATETIME2(6) NULL,
    [_extracted_at] DATETIME2(6) NULL,
    [_mapping_hash] BIGINT NULL,
    [_row_hash] BIGINT NULL,
    [_loaded_at] DATETIME2(6) NULL,
    [_run_id] NVARCHAR(100) NULL,
    CONSTRAINT [PK_Interpreter] PRIMARY KEY ([interpreter_id]),
    CONSTRAINT [FK_Interpreter_employment_category_id] FOREIGN KEY ([employment_category_id]) REFERENCES dbo.[EmploymentCategory] ([employment_category_id])
);

CREATE INDEX [IX_Interpreter_employment_category_id] ON dbo.[Interpreter] ([employment_category_id]);

CREATE INDEX [IX_Interpreter_last_modified_date] ON dbo.[Interpreter] ([last_modified_date]);

CREATE TABLE dbo.[Requestor] (
    [requestor_id] INT NOT NULL,
    [uri] NVARCHAR(500) NULL,
    [display_label] NVARCHAR(255) NULL,
    [display_name] NVARCHAR(255) NULL,
    [name] NVARCHAR(255) NULL,
    [email] NVARCHAR(255) NULL,
    [number] NVARCHAR(50) NULL,
    [account_locked] BIT NULL,
    [account_expired] BIT NULL,
    [enabled] BIT NULL,
    [password_expired] BIT NULL,
    [password_last_change] DATETIME2(6) NULL,
    [locale_or_default] NVARCHAR(50) NULL,
    [uuid] UNIQUEIDENTIFIER NULL,
    [created_date] DATETIME2(6) NULL,
    [last_modified_date] DATETIME2(6) NULL,
    [can_switch_location] BIT NULL,
    [fax_number] NVARCHAR(50) NULL,
    [other] NVARCHAR(255) NULL,
    [mfa_enabled] BIT NULL,
    [mfa_method] NVARCHAR(50) NULL,
    [username] NVARCHAR(255) NULL,
    [primary_company_id] INT NULL,
    [tz] NVARCHAR(100) NULL,
    [associations_uri] NVARCHAR(500) NULL,
    [business_units_uri] NVARCHAR(500) NULL,
    [client_association_id] INT NULL,
    [customer_association_id] INT NULL,
    [password_last_change_str] NVARCHAR(255) NULL,
    [_source_version] BIGINT NULL,
    [_full] BIT NULL,
    [_observed_at] DATETIME2(6) NULL,
    [_extracted_at] DATETIME2(6) NULL,
    [_mapping_hash] BIGINT NULL,
    [_row_hash] BIGINT NULL,
    [_loaded_at] DATETIME2(6) NULL,
    [_run_id] NVARCHAR(100) NULL,
    CONSTRAINT [PK_Requestor] PRIMARY KEY ([requestor_id]),
    CONSTRAINT [FK_Requestor_client_association_id] FOREIGN KEY ([client_association_id]) REFERENCES dbo.[Client] ([client_id])
);

CREATE INDEX [IX_Requestor_email] ON dbo.[Requestor] ([email]);

CREATE INDEX [IX_Requestor_client_association_id] ON dbo.[Requestor] ([client_association_id]);

CREATE TABLE dbo.[Visit] (
    [visit_id] INT NOT NULL,
    [uri] NVARCHAR(500) NULL,
    [contact_rate_plan] NVARCHAR(100) NULL,
    [customer_rate_plan] NVARCHAR(100) NULL,
    [created_by] NVARCHAR(100) NULL,
    [created_date] DATETIME2(6) NULL,
    [last_modified_by] NVARCHAR(100) NULL,
    [last_modified_date] DATETIME2(6) NULL,
    [uuid] UNIQUEIDENTIFIER NULL,
    [status_id] INT NULL,
    [status_uri] NVARCHAR(500) NULL,
    [status_version_value] INT NULL,
    [status_default_option] BIT NULL,
    [status_description] NVARCHAR(500) NULL,
    [status_in_order] INT NULL,
    [status_l10n_key] NVARCHAR(100) NULL,
    [status_message] NVARCHAR(500) NULL,
    [status_name] NVARCHAR(100) NULL,
    [status_name_key] NVARCHAR(100) NULL,
    [contact_rate_plan_id] INT NULL,
    [customer_rate_plan_id] INT NULL,
    [_source_version] BIGINT NULL,
    [_full] BIT NULL,
    [_observed_at] DATETIME2(6) NULL,
    [_extracted_at] DATETIME2(6) NULL,
    [_mapping_hash] BIGINT NULL,
    [_row_hash] BIGINT NULL,
    [_loaded_at] DATETIME2(6) NULL,
    [_run_id] NVARCHAR(100) NULL,
    CONSTRAINT [PK_Visit] PRIMARY KEY ([visit_id]),
    CONSTRAINT [FK_Visit_status_id] FOREIGN KEY ([status_id]) REFERENCES dbo.[BookingStatus] ([status_id]),
    CONSTRAINT [FK_Visit_contact_rate_plan_id] FOREIGN KEY ([contact_rate_plan_id]) REFERENCES dbo.[RatePlan] ([rate_plan_id]),
    CONSTRAINT [FK_Visit_customer_rate_plan_id] FOREIGN KEY ([customer_rate_plan_id]) REFERENCES dbo.[RatePlan] ([rate_plan_id])
);

CREATE INDEX [IX_Visit_last_modified_date] ON dbo.[Visit] ([last_modified_date]);

CREATE INDEX [IX_Visit_status_id] ON dbo.[Visit] ([status_id]);

CREATE INDEX [IX_Visit_contact_rate_plan_id] ON dbo.[Visit] ([contact_rate_plan_id]);

CREATE INDEX [IX_Visit_customer_rate_plan_id] ON dbo.[Visit] ([customer_rate_plan_id]);

CREATE TABLE dbo.[Booking] (
    [booking_id] INT NOT NULL,
    [uri] NVARCHAR(500) NULL,
    [version_value] INT NULL,
    [access_code] NVARCHAR(100) NULL,
    [accounting_reference] NVARCHAR(100) NULL,
    [actual_duration_hrs] DECIMAL(5,2) NULL,
    [actual_duration_mins] DECIMAL(9,2) NULL,
    [actual_end_date] DATETIME2(6) NULL,
    [actual_location_id] INT NULL,
    [actual_location_display] NVARCHAR(255) NULL,
    [actual_start_date] DATETIME2(6) NULL,
    [assigned_by] NVARCHAR(100) NULL,
    [assigned_by_username] NVARCHAR(100) NULL,
    [assignment_date] DATETIME2(6) NULL,
    [auto_offer_batch_frequency] INT NULL,
    [auto_verify_duration] BIT NULL,
    [auto_verify_incidentals] BIT NULL,
    [average_rating] DECIMAL(4,2) NULL,
    [billing_customer_id] INT NULL,
    [billing_location_id] INT NULL,
    [billing_notes] NVARCHAR(MAX) NULL,
    [booking_date] DATETIME2(6) NULL,
    [booking_details] NVARCHAR(MAX) NULL,
    [booking_mode_id] INT NULL,
    [booking_requirements_uri] NVARCHAR(500) NULL,
    [booking_time] DATETIME2(6) NULL,
    [cancellation_date] DATETIME2(6) NULL,
    [cancellation_reason] NVARCHAR(255) NULL,
    [client_id] INT NULL,
    [client_name] NVARCHAR(255) NULL,
    [client_uuid] UNIQUEIDENTIFIER NULL,
    [company_id] INT NULL,
    [company_special_instructions] NVARCHAR(MAX) NULL,
    [confirmation_date] DATETIME2(6) NULL,
    [consumer_id] INT NULL,
    [consumer_count] INT NULL,
    [consumer_count_enabled] BIT NULL,
    [consumers_uri] NVARCHAR(500) NULL,
    [contact_arrival_date] DATETIME2(6) NULL,
    [contact_late_mins] INT NULL,
    [contact_rate_plan] NVARCHAR(100) NULL,
    [contact_special_instructions] NVARCHAR(MAX) NULL,
    [created_by] NVARCHAR(100) NULL,
    [created_date] DATETIME2(6) NULL,
    [currency_code] NVARCHAR(20) NULL,
    [currency_symbol] NVARCHAR(10) NULL,
    [custom_consumer] NVARCHAR(255) NULL,
    [custom_requestor] NVARCHAR(255) NULL,
    [customer_id] INT NULL,
    [customer_business_unit] NVARCHAR(255) NULL,
    [customer_duration_override_hrs] DECIMAL(5,2) NULL,
    [customer_notes] NVARCHAR(MAX) NULL,
    [customer_rate_plan] NVARCHAR(100) NULL,
    [customer_rate_plan_association] NVARCHAR(100) NULL,
    [customer_rate_plan_override] NVARCHAR(100) NULL,
    [customer_rate_zone_override] NVARCHAR(100) NULL,
    [customer_special_instructions] NVARCHAR(MAX) NULL,
    [default_language_id] INT NULL,
    [disclaimer_accepted] BIT NULL,
    [disclaimer_accepted_date] DATETIME2(6) NULL,
    [disclaimer_accepted_initials] NVARCHAR(50) NULL,
    [duration_override_hrs] DECIMAL(5,2) NULL,
    [employment_category_id] INT NULL,
    [esignature_grace_period] INT NULL,
    [esignature_required] BIT NULL,
    [exclude_from_auto_offer] BIT NULL,
    [exclude_from_job_offer_pool] BIT NULL,
    [expected_duration_hrs] DECIMAL(5,2) NULL,
    [expected_duration_mins] DECIMAL(9,2) NULL,
    [expected_end_date] DATETIME2(6) NULL,
    [expected_end_time] DATETIME2(6) NULL,
    [expected_start_date] DATETIME2(6) NULL,
    [expected_start_time] DATETIME2(6) NULL,
    [final_notes] NVARCHAR(MAX) NULL,
    [first_assignment_date] DATETIME2(6) NULL,
    [first_confirmation_date] DATETIME2(6) NULL,
    [first_offer_date] DATETIME2(6) NULL,
    [first_open_date] DATETIME2(6) NULL,
    [flag_for_finance] BIT NULL,
    [gender_requirement] NVARCHAR(100) NULL,
    [general_customer_account_manager] NVARCHAR(255) NULL,
    [general_customer_business_unit] NVARCHAR(255) NULL,
    [incidentals_uri] NVARCHAR(500) NULL,
    [integration_id] INT NULL,
    [interpreter_id] INT NULL,
    [interpreter_business_unit] NVARCHAR(255) NULL,
    [interpreter_notes] NVARCHAR(MAX) NULL,
    [interpreter_submitted] BIT NULL,
    [invoice_status_id] INT NULL,
    [is_auto_verify_ready] BIT NULL,
    [is_cancelled] BIT NULL,
    [is_fields_locked] BIT NULL,
    [is_synchronized] BIT NULL,
    [is_synchronized_manually] BIT NULL,
    [is_verified] BIT NULL,
    [job_complete_email_sent] BIT NULL,
    [job_offers_uri] NVARCHAR(500) NULL,
    [language_id] INT NULL,
    [language_code] NVARCHAR(20) NULL,
    [last_modified_by] NVARCHAR(100) NULL,
    [last_modified_date] DATETIME2(6) NULL,
    [last_synchronized_date] DATETIME2(6) NULL,
    [local_booking_mode] NVARCHAR(255) NULL,
    [location_id] INT NULL,
    [location_note] NVARCHAR(MAX) NULL,
    [locked] BIT NULL,
    [mileage] DECIMAL(8,2) NULL,
    [notes] NVARCHAR(MAX) NULL,
    [notification_email] NVARCHAR(255) NULL,
    [notify] BIT NULL,
    [num_jobs] INT NULL,
    [number_accepted_offers] INT NULL,
    [number_for_telephone_translation] NVARCHAR(50) NULL,
    [offer_date] DATETIME2(6) NULL,
    [offer_mode] NVARCHAR(50) NULL,
    [open_date] DATETIME2(6) NULL,
    [origin_of_request] NVARCHAR(50) NULL,
    [overflow_job_location_uuid] UNIQUEIDENTIFIER NULL,
    [overflow_type_id] INT NULL,
    [override_booking_mode] BIT NULL,
    [override_requirements] BIT NULL,
    [owner] NVARCHAR(100) NULL,
    [payment_status_id] INT NULL,
    [place_of_appointment] NVARCHAR(255) NULL,
    [preferred_interpreter_id] INT NULL,
    [preferred_interpreter_declined] BIT NULL,
    [prevent_edit] BIT NULL,
    [primary_ref_id] INT NULL,
    [rate_plan_override] NVARCHAR(100) NULL,
    [rate_zone_override] NVARCHAR(100) NULL,
    [refs_uri] NVARCHAR(500) NULL,
    [reminder_email_sent_scheduled_phone] BIT NULL,
    [requested_by] NVARCHAR(255) NULL,
    [requestor_id] INT NULL,
    [requirements_uri] NVARCHAR(500) NULL,
    [sessions_uri] NVARCHAR(500) NULL,
    [shift_enabled] BIT NULL,
    [signature_hash] NVARCHAR(255) NULL,
    [signature_height] INT NULL,
    [signature_width] INT NULL,
    [signature_location] NVARCHAR(255) NULL,
    [signature_raw] NVARCHAR(MAX) NULL,
    [signer] NVARCHAR(100) NULL,
    [site_contact] NVARCHAR(255) NULL,
    [sla_reporting_enabled] BIT NULL,
    [start_editing] DATETIME2(6) NULL,
    [status_name] NVARCHAR(100) NULL,
    [status_uri] NVARCHAR(500) NULL,
    [sub_location_id] INT NULL,
    [super_booking_id] INT NULL,
    [sync_uuid] UNIQUEIDENTIFIER NULL,
    [team_id] INT NULL,
    [team_size] INT NULL,
    [time_interpreter_arrived_inbound] DATETIME2(6) NULL,
    [time_interpreter_arrived_outbound] DATETIME2(6) NULL,
    [time_interpreter_departed_inbound] DATETIME2(6) NULL,
    [time_interpreter_departed_outbound] DATETIME2(6) NULL,
    [time_reconfirmed_customer] DATETIME2(6) NULL,
    [time_tracking_enabled] BIT NULL,
    [time_zone] NVARCHAR(100) NULL,
    [time_zone_display_name] NVARCHAR(50) NULL,
    [unarchived_updates] BIT NULL,
    [unfulfilled_date] DATETIME2(6) NULL,
    [unfulfilled_reason] NVARCHAR(255) NULL,
    [user_editing] NVARCHAR(100) NULL,
    [uuid] UNIQUEIDENTIFIER NULL,
    [valid] BIT NULL,
    [verified_date] DATETIME2(6) NULL,
    [visit_id] INT NULL,
    [vos_required] BIT NULL,
    [actual_location_uri] NVARCHAR(500) NULL,
    [billing_location_uri] NVARCHAR(500) NULL,
    [location_uri] NVARCHAR(500) NULL,
    [company_uri] NVARCHAR(500) NULL,
    [status_id] INT NULL,
    [cancellation_reason_id] INT NULL,
    [contact_rate_plan_id] INT NULL,
    [customer_rate_plan_id] INT NULL,
    [customer_business_unit_id] INT NULL,
    [general_customer_business_unit_id] INT NULL,
    [interpreter_business_unit_id] INT NULL,
    [local_booking_mode_id] INT NULL,
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
    CONSTRAINT [FK_Booking_actual_location_id] FOREIGN KEY ([actual_location_id]) REFERENCES dbo.[Address] ([address_id]),
    CONSTRAINT [FK_Booking_billing_customer_id] FOREIGN KEY ([billing_customer_id]) REFERENCES dbo.[Customer] ([customer_id]),
    CONSTRAINT [FK_Booking_billing_location_id] FOREIGN KEY ([billing_location_id]) REFERENCES dbo.[Address] ([address_id]),
    CONSTRAINT [FK_Booking_booking_mode_id] FOREIGN KEY ([booking_mode_id]) REFERENCES dbo.[BookingMode] ([booking_mode_id]),
    CONSTRAINT [FK_Booking_client_id] FOREIGN KEY ([client_id]) REFERENCES dbo.[Client] ([client_id]),
    CONSTRAINT [FK_Booking_company_id] FOREIGN KEY ([company_id]) REFERENCES dbo.[Company] ([company_id]),
    CONSTRAINT [FK_Booking_consumer_id] FOREIGN KEY ([consumer_id]) REFERENCES dbo.[Consumer] ([consumer_id]),
    CONSTRAINT [FK_Booking_customer_id] FOREIGN KEY ([customer_id]) REFERENCES dbo.[Customer] ([customer_id]),
    CONSTRAINT [FK_Booking_default_language_id] FOREIGN KEY ([default_language_id]) REFERENCES dbo.[Language] ([language_id]),
    CONSTRAINT [FK_Booking_employment_category_id] FOREIGN KEY ([employment_category_id]) REFERENCES dbo.[EmploymentCategory] ([employment_category_id]),
    CONSTRAINT [FK_Booking_integration_id] FOREIGN KEY ([integration_id]) REFERENCES dbo.[Integration] ([integration_id]),
    CONSTRAINT [FK_Booking_interpreter_id] FOREIGN KEY ([interpreter_id]) REFERENCES dbo.[Interpreter] ([interpreter_id]),
    CONSTRAINT [FK_Booking_invoice_status_id] FOREIGN KEY ([invoice_status_id]) REFERENCES dbo.[InvoiceStatus] ([invoice_status_id]),
    CONSTRAINT [FK_Booking_language_id] FOREIGN KEY ([language_id]) REFERENCES dbo.[Language] ([language_id]),
    CONSTRAINT [FK_Booking_location_id] FOREIGN KEY ([location_id]) REFERENCES dbo.[Address] ([address_id]),
    CONSTRAINT [FK_Booking_overflow_type_id] FOREIGN KEY ([overflow_type_id]) REFERENCES dbo.[OverflowType] ([overflow_type_id]),
    CONSTRAINT [FK_Booking_payment_status_id] FOREIGN KEY ([payment_status_id]) REFERENCES dbo.[PaymentStatus] ([payment_status_id]),
    CONSTRAINT [FK_Booking_preferred_interpreter_id] FOREIGN KEY ([preferred_interpreter_id]) REFERENCES dbo.[Interpreter] ([interpreter_id]),
    CONSTRAINT [FK_Booking_requestor_id] FOREIGN KEY ([requestor_id]) REFERENCES dbo.[Requestor] ([requestor_id]),
    CONSTRAINT [FK_Booking_sub_location_id] FOREIGN KEY ([sub_location_id]) REFERENCES dbo.[Address] ([address_id]),
    CONSTRAINT [FK_Booking_super_booking_id] FOREIGN KEY ([super_booking_id]) REFERENCES dbo.[SuperBooking] ([super_booking_id]),
    CONSTRAINT [FK_Booking_visit_id] FOREIGN KEY ([visit_id]) REFERENCES dbo.[Visit] ([visit_id]),
    CONSTRAINT [FK_Booking_status_id] FOREIGN KEY ([status_id]) REFERENCES dbo.[BookingStatus] ([status_id]),
    CONSTRAINT [FK_Booking_cancellation_reason_id] FOREIGN KEY ([cancellation_reason_id]) REFERENCES dbo.[CancellationReason] ([cancellation_reason_id]),
    CONSTRAINT [FK_Booking_contact_rate_plan_id] FOREIGN KEY ([contact_rate_plan_id]) REFERENCES dbo.[RatePlan] ([rate_plan_id]),
    CONSTRAINT [FK_Booking_customer_rate_plan_id] FOREIGN KEY ([customer_rate_plan_id]) REFERENCES dbo.[RatePlan] ([rate_plan_id]),
    CONSTRAINT [FK_Booking_customer_business_unit_id] FOREIGN KEY ([customer_business_unit_id]) REFERENCES dbo.[BusinessUnit] ([business_unit_id]),
    CONSTRAINT [FK_Booking_general_customer_business_unit_id] FOREIGN KEY ([general_customer_business_unit_id]) REFERENCES dbo.[BusinessUnit] ([business_unit_id]),
    CONSTRAINT [FK_Booking_interpreter_business_unit_id] FOREIGN KEY ([interpreter_business_unit_id]) REFERENCES dbo.[BusinessUnit] ([business_unit_id]),
    CONSTRAINT [FK_Booking_local_booking_mode_id] FOREIGN KEY ([local_booking_mode_id]) REFERENCES dbo.[BookingMode] ([booking_mode_id])
);

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

CREATE TABLE dbo.[BookingRefs] (
    [booking_id] INT NOT NULL,
    [ref_id] INT NOT NULL,
    [uri] NVARCHAR(500) NULL,
    [version_value] INT NULL,
    [name] NVARCHAR(255) NULL,
    [ref] NVARCHAR(255) NULL,
    [reference_value] NVARCHAR(255) NULL,
    [description] NVARCHAR(MAX) NULL,
    [super_booking_id] INT NULL,
    [approved] BIT NULL,
    [consumer_id] INT NULL,
    [dependent] NVARCHAR(255) NULL,
    [dependent_id] INT NULL,
    [company_id] INT NULL,
    [config_id] INT NULL,
    [customer_id] INT NULL,
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
    CONSTRAINT [FK_BookingRefs_super_booking_id] FOREIGN KEY ([super_booking_id]) REFERENCES dbo.[SuperBooking] ([super_booking_id]),
    CONSTRAINT [FK_BookingRefs_consumer_id] FOREIGN KEY ([consumer_id]) REFERENCES dbo.[Consumer] ([consumer_id]),
    CONSTRAINT [FK_BookingRefs_company_id] FOREIGN KEY ([company_id]) REFERENCES dbo.[Company] ([company_id]),
    CONSTRAINT [FK_BookingRefs_config_id] FOREIGN KEY ([config_id]) REFERENCES dbo.[Config] ([config_id]),
    CONSTRAINT [FK_BookingRefs_customer_id] FOREIGN KEY ([customer_id]) REFERENCES dbo.[Customer] ([customer_id])
);

CREATE INDEX [IX_BookingRefs_ref_id] ON dbo.[BookingRefs] ([ref_id]);

CREATE INDEX [IX_BookingRefs_reference_value] ON dbo.[BookingRefs] ([reference_value]);

CREATE INDEX [IX_BookingRefs_super_booking_id] ON dbo.[BookingRefs] ([super_booking_id]);

CREATE INDEX [IX_BookingRefs_consumer_id] ON dbo.[BookingRefs] ([consumer_id]);

CREATE INDEX [IX_BookingRefs_company_id] ON dbo.[BookingRefs] ([company_id]);

CREATE INDEX [IX_BookingRefs_config_id] ON dbo.[BookingRefs] ([config_id]);

CREATE INDEX [IX_BookingRefs_customer_id] ON dbo.[BookingRefs] ([customer_id]);

CREATE TABLE dbo.[BookingRequirements] (
    [booking_id] INT NOT NULL,
    [requirement_id] INT NOT NULL,
    [version_value] INT NULL,
    [company_id] INT NULL,
    [config_id] INT NULL,
    [created_by] NVARCHAR(100) NULL,
    [created_date] DATETIME2(6) NULL,
    [criteria_id] INT NULL,
    [criteria_name] NVARCHAR(255) NULL,
    [criteria_type_id] INT NULL,
    [dependent] NVARCHAR(255) NULL,
    [dependent_id] INT NULL,
    [last_modified_by] NVARCHAR(100) NULL,
    [last_modified_date] DATETIME2(6) NULL,
    [optional] BIT NULL,
    [required_flag] BIT NULL,
    [super_booking_id] INT NULL,
    [sync_uuid] UNIQUEIDENTIFIER NULL,
    [uuid] UNIQUEIDENTIFIER NULL,
    [_source_version] BIGINT NULL,
    [_full] BIT NULL,
    [_observed_at] DATETIME2(6) NULL,
    [_extracted_at] DATETIME2(6) NULL,
    [_mapping_hash] BIGINT NULL,
    [_row_hash] BIGINT NULL,
    [_loaded_at] DATETIME2(6) NULL,
    [_run_id] NVARCHAR(100) NULL,
    CONSTRAINT [PK_BookingRequirements] PRIMARY KEY ([booking_id], [requirement_id]),
    CONSTRAINT [FK_BookingRequirements_booking_id] FOREIGN KEY ([booking_id]) REFERENCES dbo.[Booking] ([booking_id]),
    CONSTRAINT [FK_BookingRequirements_company_id] FOREIGN KEY ([company_id]) REFERENCES dbo.[Company] ([company_id]),
    CONSTRAINT [FK_BookingRequirements_config_id] FOREIGN KEY ([config_id]) REFERENCES dbo.[Config] ([config_id]),
    CONSTRAINT [FK_BookingRequirements_criteria_id] FOREIGN KEY ([criteria_id]) REFERENCES dbo.[RequirementCriteria] ([criteria_id]),
    CONSTRAINT [FK_BookingRequirements_super_booking_id] FOREIGN KEY ([super_booking_id]) REFERENCES dbo.[SuperBooking] ([super_booking_id])
);

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
