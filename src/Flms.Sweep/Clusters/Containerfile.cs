namespace Flms.Sweep.Clusters;

/// <summary>How a container image with flms is built.</summary>
public static class Containerfile
{
    /// <summary>The text of the file; to be used in a checkout.</summary>
    public const string Text = """
        # Written by flms sweep container. In a checkout of flms:
        #   flms sweep container > Containerfile
        #   podman build -t flms -f Containerfile .        (or docker build)
        #   podman run --rm flms version
        FROM mcr.microsoft.com/dotnet/sdk:10.0 AS build
        WORKDIR /src
        COPY . .
        # What was built outside knows the folders there.
        RUN find . -type d \( -name bin -o -name obj \) -prune -exec rm -rf {} +
        RUN dotnet publish src/Flms.Cli -c Release -o /flms

        FROM mcr.microsoft.com/dotnet/runtime:10.0
        COPY --from=build /flms /flms
        ENTRYPOINT ["dotnet", "/flms/flms.dll"]

        """;
}
