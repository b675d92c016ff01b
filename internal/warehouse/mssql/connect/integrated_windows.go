package connect

// integrated is integrated authentication here: SSPI, with the identity of the process. The driver registers it by itself
// (go-mssqldb auth_windows.go). It is named because the driver, left to its default, tries a SQL Server login without a
// user when SSPI fails (integratedauth/auth.go).
const integrated = "winsspi"
