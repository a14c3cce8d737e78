#: title Java with Maven: the jar is the same for every platform and is built once, natively
#: detects pom.xml
#: version maven 3-eclipse-temurin-21
#: ignores .git target
FROM --platform=$BUILDPLATFORM maven:@@version@@ AS build
WORKDIR /src
COPY pom.xml ./
RUN --mount=type=cache,target=/root/.m2 mvn --batch-mode dependency:go-offline
COPY . .
RUN --mount=type=cache,target=/root/.m2 mvn --batch-mode package -DskipTests && cp target/*.jar /app.jar

FROM eclipse-temurin:21-jre
COPY --from=build /app.jar /app.jar
USER 65532:65532
ENTRYPOINT ["java", "-jar", "/app.jar"]
