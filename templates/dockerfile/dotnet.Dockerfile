#: title .NET: the SDK runs on the machine that builds, and publishes for the platform
#: detects *.csproj *.fsproj *.sln
#: version mcr.microsoft.com/dotnet/sdk 9.0
#: ignores .git **/bin **/obj
FROM --platform=$BUILDPLATFORM mcr.microsoft.com/dotnet/sdk:@@version@@ AS build
# .NET says x64 where Docker says amd64, and takes either.
ARG TARGETARCH
WORKDIR /src
COPY . .
RUN dotnet publish --arch $TARGETARCH --output /out --self-contained false

FROM mcr.microsoft.com/dotnet/aspnet:@@version@@
WORKDIR /app
COPY --from=build /out ./
USER $APP_UID
ENTRYPOINT ["dotnet", "@@name@@.dll"]
