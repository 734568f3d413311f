echo started
exec java /app/Main.java
