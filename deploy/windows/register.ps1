# Registers the nightly task, as an administrator:   .\register.ps1 -Account 'DOMAIN\svc-mcis'
# Register-ScheduledTask takes text, whose encoding is PowerShell's own: that is why mcis.xml declares none.
#Requires -RunAsAdministrator
param(
    [Parameter(Mandatory)] [string] $Account,
    [string] $Folder = 'C:\mcis'
)
$ErrorActionPreference = 'Stop'

New-Item -ItemType Directory -Force -Path $Folder, "$Folder\logs", "$Folder\data" | Out-Null
# Nobody but the account and administrators (S-1-5-32-544) reads the secret, or the bookings that lie in data.
icacls $Folder /inheritance:r /grant:r '*S-1-5-32-544:(OI)(CI)F' "${Account}:(OI)(CI)M" | Out-Null

Copy-Item -Force -Path "$PSScriptRoot\run.ps1" -Destination $Folder
$xml = (Get-Content -Raw -Path "$PSScriptRoot\mcis.xml").Replace('C:\mcis', $Folder)
$password = (Get-Credential -UserName $Account -Message 'Account of the task').GetNetworkCredential().Password
Register-ScheduledTask -TaskName 'mcis' -Xml $xml -User $Account -Password $password -Force | Out-Null
Write-Output "Registered. A first run: Start-ScheduledTask -TaskName mcis; the logs are $Folder\logs\task.log and mcis.log"
