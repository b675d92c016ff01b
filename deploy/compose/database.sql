-- The database and the loader's login. Run again, it changes nothing but the password. $(NAME) are sqlcmd's variables.
IF DB_ID(N'$(DATABASE)') IS NULL
    CREATE DATABASE [$(DATABASE)];
GO
IF SUSER_ID(N'$(LOADER)') IS NULL
    CREATE LOGIN [$(LOADER)] WITH PASSWORD = N'$(LOADER_PASSWORD)', DEFAULT_DATABASE = [$(DATABASE)];
ELSE
    ALTER LOGIN [$(LOADER)] WITH PASSWORD = N'$(LOADER_PASSWORD)';
GO
USE [$(DATABASE)];
GO
IF USER_ID(N'$(LOADER)') IS NULL
    CREATE USER [$(LOADER)] FOR LOGIN [$(LOADER)];
GO
-- As docs/sqlserver.md says: for loading, and for making the tables and completing them.
GRANT SELECT, INSERT, UPDATE, DELETE ON SCHEMA::dbo TO [$(LOADER)];
GRANT CREATE TABLE TO [$(LOADER)];
GRANT ALTER, REFERENCES ON SCHEMA::dbo TO [$(LOADER)];
GO
