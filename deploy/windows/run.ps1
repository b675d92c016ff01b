# What the nightly task runs: mcis.exe run --once, and again when it failed. Task Scheduler does not do that: for it a program that was started and
# ended has run, whatever its exit code. Each try is noted in logs\task.log; what went wrong is the last record of the program's own log (LOG_FILE). The exit code is that of the last try.
param(
    [int] $Retries = 3,
    [int] $Minutes = 10
)
$ErrorActionPreference = 'Stop'
Set-Location -Path $PSScriptRoot

function Write-Try([string] $text) {
    Add-Content -Encoding ascii -Path "$PSScriptRoot\logs\task.log" -Value "$(Get-Date -Format s) $text"
}

# 2 is a wrong setting, 4 says that it is done but something was left out: neither is mended by trying again.
$final = 0, 2, 4
for ($retry = 0; ; $retry++) {
    Write-Try "mcis run --once begins, retry $retry of $Retries"
    & "$PSScriptRoot\mcis.exe" run --once
    $code = $LASTEXITCODE
    Write-Try "mcis run --once ended with exit code $code"
    if (($final -contains $code) -or ($retry -ge $Retries)) {
        exit $code
    }
    Start-Sleep -Seconds (60 * $Minutes)
}
